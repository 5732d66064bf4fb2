global using Autodiff;
global using Figures;
global using Labs.DataSets;
global using Labs.Reference;
global using Labs.Report;
global using Labs.Shell;
