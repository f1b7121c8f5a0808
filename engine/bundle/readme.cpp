#include "engine/bundle/readme.h"

namespace scalekeep::bundle {

// tests/bundle/tst_byhand.cpp runs the indented commands as they stand here.
QByteArray readmeText()
{
    return R"(This is a Scalekeep bundle: a backup of one Red Hat 3scale installation, in one plain tar file.
It holds passwords, keys and customer data. Keep it as you would keep those.

With Scalekeep: `scalekeep-cli verify BUNDLE` checks every byte, `scalekeep-cli extract BUNDLE --output DIR` unpacks it.

Without Scalekeep you need tar, zstd and sha256sum. In an empty folder that only you can read:

    tar -xf BUNDLE

To take one component out of a large bundle, name its folder, for example: tar -xf BUNDLE streams/system-mysql

The data lie in streams/COMPONENT/STREAM/, cut into pieces 000001.zst, 000002.zst ... that follow each other. For the
MySQL dump of the component system-mysql, for example:

    cat streams/system-mysql/dump.sql/*.zst | zstd -d > dump.sql

Where the shell says that the list of arguments is too long (more than 30 GB), this does the same:

    find streams/system-mysql/dump.sql -name '*.zst' | sort | xargs cat | zstd -d > dump.sql

dump.sql is then what mysqldump wrote. Other streams hold a dump of pg_dump (zync), a Redis RDB file, a tar of the files
of system-storage, or the saved OpenShift objects as JSON. Check it: the digest that

    sha256sum dump.sql

prints must be the "sha256" in streams/system-mysql/dump.sql/stream.json. A stream without stream.json was cut off or
given up: do not use it. What a component holds (tables and rows, keys, files) is in its index:

    zstd -d < index/system-mysql.json.zst > system-mysql.json

bundle.json says of what installation the bundle is. manifest.json is the last member: a bundle without it is cut off,
and the streams in it that have a stream.json are still whole. `scalekeep-cli salvage` saves them into a new bundle.
)";
}

} // namespace scalekeep::bundle
