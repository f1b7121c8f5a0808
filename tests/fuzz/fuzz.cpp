// One program for all targets: which one it runs is in the name that it is called by (fuzz_rdb), so that libFuzzer can start itself
// again for minimising.
#include "targets.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <array>
#include <cstdio>
#include <cstdlib>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
namespace {
constexpr std::array all{
    Named{"bundle", bundle},         Named{"records", records},       Named{"mysqldump", mysqldump},
    Named{"pg_dump", pgDump},        Named{"rdb", rdb},               Named{"tar", tar},
    Named{"objects", objects},       Named{"differences", differences}, Named{"content", content},
    Named{"catalogue", catalogue},   Named{"inventory", inventory},   Named{"classify", classify},
    Named{"transport", transport},   Named{"kubeconfig", kubeconfig}, Named{"login", login},
    Named{"clusters", clusters},     Named{"journal", journal},       Named{"plan", plan},
    Named{"saved_plan", savedPlan},  Named{"comparison", comparison}, Named{"rows", rows},
    Named{"text", text},             Named{"record", record},         Named{"entries", entries},
};
Target chosen = nullptr;
} // namespace

std::span<const Named> targets()
{
    return all;
}

void require(bool condition)
{
    if (!condition)
        std::abort();
}

QString scratch()
{
    static const QTemporaryDir directory;
    require(directory.isValid());
    return directory.path();
}

QString scratchFile(const QString& name, const QByteArray& content)
{
    QFile file(scratch() + u'/' + name);
    require(QDir().mkpath(QFileInfo(file).path()) && file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(content) == content.size());
    return file.fileName();
}
} // namespace scalekeep::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** argv)
{
    const QString name = QFileInfo(QFile::decodeName((*argv)[0])).fileName();
    for (const auto& target : scalekeep::fuzz::targets()) {
        if (name == "fuzz_"_L1 + QLatin1StringView(target.name))
            scalekeep::fuzz::chosen = target.run;
    }
    if (!scalekeep::fuzz::chosen) {
        std::fprintf(stderr, "There is no target of this name.\n");
        std::exit(2);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size != 0)
        scalekeep::fuzz::chosen(bytes[0], std::span(reinterpret_cast<const char*>(bytes) + 1, size - 1));
    return 0;
}
