using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Autodiff.IO;

/// <summary>
/// What Unix knows about an existing file and .NET does not say: whether it is a regular one, its owner and its group.
/// </summary>
internal readonly partial struct FileStatus
{
    private const int KindMask = 0xF000;
    private const int Regular = 0x8000;
    private const uint Unchanged = uint.MaxValue;

    private readonly int _mode;
    private readonly uint _owner;
    private readonly uint _group;

    private FileStatus(int mode, uint owner, uint group)
    {
        _mode = mode;
        _owner = owner;
        _group = group;
    }

    /// <summary>What the file is where it is no regular one, in words; null for a regular file.</summary>
    public string? OtherKind => (_mode & KindMask) switch
    {
        Regular => null,
        0x1000 => "a FIFO",
        0x2000 => "a character device",
        0x4000 => "a directory",
        0x6000 => "a block device",
        0xC000 => "a socket",
        int other => $"a file of kind 0x{other:X4}",
    };

    /// <summary>
    /// The status of the file behind <paramref name="path"/> and its symbolic links; null where there is none, or on
    /// Windows.
    /// </summary>
    public static FileStatus? Of(string path)
    {
        path = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows() || !(File.Exists(path) || Directory.Exists(path)))
        {
            return null;
        }
        try
        {
            FileStatus? status = OperatingSystem.IsLinux() ? Linux(path) : OperatingSystem.IsMacOS() ? Mac(path) : null;
            return status ?? Managed(path); // Some containers forbid statx.
        }
        catch (EntryPointNotFoundException)
        {
            return Managed(path); // A C library from before statx.
        }
    }

    /// <summary>Gives a file this one's mode, and its owner and group as far as the system allows it.</summary>
    public void GiveTo(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        // The owner first: a change of owner takes bits of the mode away. A user may set no owner, but any group of
        // theirs.
        if (_owner != Unchanged && Of(path) is { } now && (now._owner != _owner || now._group != _group)
            && Chown(path, _owner, _group) != 0)
        {
            _ = Chown(path, Unchanged, _group);
        }
        var mode = (UnixFileMode)(_mode & 0xFFF);
        if (File.GetUnixFileMode(file) != mode)
        {
            File.SetUnixFileMode(file, mode);
        }
    }

    private static FileStatus? Linux(string path)
    {
        // struct statx is the same on every architecture: stx_uid at 20, stx_gid at 24, stx_mode at 28.
        const int currentFolder = -100, basicStats = 0x7FF;
        Span<byte> status = stackalloc byte[256];
        status.Clear();
        return Statx(currentFolder, path, 0, basicStats, status) != 0
            ? null
            : new FileStatus(
                BitConverter.ToUInt16(status[28..]), BitConverter.ToUInt32(status[20..]),
                BitConverter.ToUInt32(status[24..]));
    }

    private static FileStatus? Mac(string path)
    {
        // struct stat with 64-bit inodes: st_mode at 4, st_uid at 16, st_gid at 20.
        Span<byte> status = stackalloc byte[256];
        status.Clear();
        int result = RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? StatX64(path, status)
            : Stat(path, status);
        return result != 0
            ? null
            : new FileStatus(BitConverter.ToUInt16(status[4..]), BitConverter.ToUInt32(status[16..]),
                BitConverter.ToUInt32(status[20..]));
    }

    private static FileStatus? Managed(string path)
    {
        try
        {
            return OperatingSystem.IsWindows()
                ? null
                : new FileStatus(Regular | (int)File.GetUnixFileMode(path), Unchanged, Unchanged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // A link that leads nowhere, which File.Exists counts as a file.
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX64(string path, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);
}
