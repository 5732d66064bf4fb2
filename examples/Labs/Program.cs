Console.WriteLine("labs");
