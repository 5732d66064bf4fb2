return await LabsCommand.RunAsync(args);
