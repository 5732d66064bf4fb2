global using Autodiff;
global using Labs.Figures;
global using Labs.Reference;
global using Labs.Report;
global using Labs.Shell;
