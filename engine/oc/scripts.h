#pragma once

#include <QString>

/// The POSIX shell scripts that run in a container. Every one takes a nonce as $1, marks what it has to say with `@@NONCE` and needs
/// nothing but dash or bash, coreutils and (where it is there) openssl and gzip. They write to no descriptor by name that the container
/// runtime made, as these belong to another user under an arbitrary UID.
namespace scalekeep::oc::scripts {

/// Form A. Arguments: NONCE gzip|sample|plain COMMAND...
/// Standard output: a line `@@NONCE gzip` or `@@NONCE plain`, then the command's output so encoded; or a line `@@NONCE sample`, the first 8 MiB
/// as they are, and where there are so many again one of those lines with the rest: gzip where the line is slower than 10 MB/s. Standard error, between the command's
/// own: `@@NONCE hb` every 5 s and at the end `@@NONCE end rc=N size=N sha256=HEX` over the plain bytes; any further word names a helper
/// that failed. It ends when it reads `ok NONCE`; on anything else, and when its input ends (the client is gone), it ends its process group.
/// `@@NONCE lacks X` with exit 97: the container has no X.
const QString& streamOut();

/// Form B. Arguments: NONCE PATH SIZE SHA256, and SIZE bytes on standard input. PATH appears whole or not at all.
/// Standard error: `@@NONCE hb`, then `@@NONCE ok SIZE SHA256`, or `@@NONCE bad rc=N size=N sha256=HEX free=BYTES` with exit 97.
const QString& streamIn();

/// Form D. Arguments: NONCE SECONDS COMMAND... The last line of standard output is `@@NONCE rc=N`: at the end of the same stream it proves
/// that all of the output has come.
const QString& exec();

/// Form D with input. Arguments: NONCE SECONDS SIZE SHA256 COMMAND... The command runs only when the input has come whole
/// (`@@NONCE rc=input` otherwise): a cut text of SQL is never begun.
const QString& execWithInput();

} // namespace scalekeep::oc::scripts
