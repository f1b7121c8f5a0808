"""The files of the portals: what the CMS keeps, and every name and kind of file that a copying tool may trip over."""
import os

from .words import AWKWARD, Words


def _write(directory, name, content, mode=0o664):
    path = os.path.join(directory, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)
    os.utime(path, ns=(STAMP, STAMP + 123_456_789))
    return path


STAMP = 1_718_000_000_000_000_000


def portal_files(root, words, n):
    """Per tenant: pictures that do not compress, style sheets and scripts that do."""
    rng = words.rng
    for i in range(max(30, n // 20)):
        provider = 2 + i % 2
        base = b"provider-name/%d/2024/%02d/%02d" % (provider, 1 + i % 12, 1 + i % 28)
        size = rng.randint(200, 48_000)
        if i % 3:
            content = b"\x89PNG\r\n\x1a\n" + rng.randbytes(size)
            name = b"%s/picture-%08x.png" % (base, rng.getrandbits(32))
        else:
            content = words.text(min(size, 100_000)).encode()
            name = b"%s/style-%d.css" % (base, i)
        _write(root, name, content)


def odd_files(root, words):
    rng = words.rng
    odd = os.path.join(root, b"odd")
    names = [b"with spaces  and two", b"new\nline", b"tab\there", b"-leading-dash", b"--checkpoint-action=exec=sh", b"back\\slash", b"quote'and\"double",
             b"non-utf8-\xff\xfe\x80", b"\xe4\xf6\xfc-latin1.txt", "ünïcödé 🚀 日本.txt".encode(), b"*glob?[x]", b"$HOME ${x} `id` $(id)", b"semi;colon&pipe|",
             b"trailing.dot.", b" leading space", b"colon:name", b"equals=sign", b"percent%41%2F", b"#hash", b"~tilde", b"\x01control\x1b[31m", b"...", b"a" * 100, b"b" * 101, b"c" * 255]
    for i, name in enumerate(names):
        _write(odd, name, AWKWARD[i % len(AWKWARD)].encode() + name)
    # Longer than a ustar name field, and longer than 255 as a path.
    deep = b"/".join([b"d%02d-" % i + b"x" * 40 for i in range(12)])
    _write(odd, deep + b"/" + b"e" * 120 + b".bin", rng.randbytes(3000))
    _write(odd, b"empty", b"")
    _write(odd, b".hidden", b"dotfile\n")
    _write(odd, b".hidden-directory/.keep", b"")
    _write(odd, b"nul\xc3\xa9s.bin", b"\0" * 100_000)
    for mode in (0o400, 0o444, 0o600, 0o640, 0o755, 0o777):
        _write(odd, b"mode-%04o" % mode, b"mode\n", mode)
    os.makedirs(os.path.join(odd, b"empty directory"), exist_ok=True)
    os.makedirs(os.path.join(odd, b"deep/er/empty"), exist_ok=True)
    os.chmod(_write(odd, b"closed directory/inside", b"x"), 0o600)
    os.chmod(os.path.join(odd, b"closed directory"), 0o750)
    # 8 MiB long with 8 KiB of data in the middle and at the end.
    with open(os.path.join(odd, b"sparse.img"), "wb") as file:
        file.seek(4 << 20)
        file.write(rng.randbytes(4096))
        file.seek((8 << 20) - 4096)
        file.write(rng.randbytes(4096))
    # Sizes around block and record limits of tar and of the bundle's segments.
    for size in (1, 511, 512, 513, 10_240, 1_048_575, 1_048_576, 1_048_577):
        _write(odd, b"size-%07d" % size, rng.randbytes(min(size, 4096)) * (size // 4096 + 1) if size <= 4096 else (rng.randbytes(4096) * (size // 4096 + 1))[:size])
    for name, target in ((b"link-relative", b"empty"), (b"link-up", b"../provider-name"), (b"link-dangling", b"does/not/exist"),
                         (b"link-to-directory", b"deep"), (b"link-absolute", b"/etc/hostname"), (b"link-\xff-odd", b"non-utf8-\xff\xfe\x80"),
                         (b"link-long", b"t" * 180), (b"link-loop", b"link-loop")):
        path = os.path.join(odd, name)
        if os.path.islink(path):
            os.unlink(path)
        os.symlink(target, path)
    hard = os.path.join(odd, b"hard-link")
    if os.path.exists(hard):
        os.unlink(hard)
    os.link(os.path.join(odd, b"mode-0640"), hard)


def write(installation, directory, n):
    """Fill `directory` (the mount of system-storage)."""
    root = os.fsencode(directory)
    words = Words("storage " + installation.name)
    portal_files(root, words, n)
    odd_files(root, words)
