using System.Runtime.CompilerServices;

// What a launch puts on its stack it writes first; clearing that takes longer than all else on the host's side.
[module: SkipLocalsInit]
