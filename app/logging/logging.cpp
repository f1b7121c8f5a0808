#include "app/logging/logging.h"

#include "engine/base/files.h"

#include <QLoggingCategory>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#ifdef Q_OS_UNIX
#include <sys/stat.h>
#endif

namespace scalekeep::logging {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr size_t fileSize = 5 * 1024 * 1024;
constexpr size_t fileCount = 3;
const Redactor* theRedactor = nullptr;

void write(QtMsgType type, const QMessageLogContext& context, const QString& message)
{
    const std::string text = theRedactor->redact(message).toStdString();
    const char* category = context.category ? context.category : "default";
    const auto level = type == QtDebugMsg ? spdlog::level::debug : type == QtInfoMsg ? spdlog::level::info : type == QtWarningMsg ? spdlog::level::warn : spdlog::level::err;
    spdlog::log(level, "{}: {}", category, text);
    if (type == QtFatalMsg) {
        spdlog::default_logger()->flush();
        std::abort();
    }
}
} // namespace

void install(const QString& home, const Redactor& redactor)
{
    theRedactor = &redactor;
    std::vector<spdlog::sink_ptr> sinks;
    auto console = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    console->set_level(spdlog::level::warn);
    sinks.push_back(console);
    if (makePrivateDirectory(home + u"/logs"_s)) {
#ifdef Q_OS_UNIX
        const mode_t before = ::umask(077);
#endif
        try {
            sinks.push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>((home + u"/logs/scalekeep.log"_s).toStdString(), fileSize, fileCount));
        } catch (const spdlog::spdlog_ex&) {
            // Without a log file the program works all the same: the journal is what proves a run.
        }
#ifdef Q_OS_UNIX
        ::umask(before);
#endif
    }
    auto logger = std::make_shared<spdlog::logger>("scalekeep", sinks.begin(), sinks.end());
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::warn);
    spdlog::set_default_logger(logger);
    qInstallMessageHandler(write);
}

} // namespace scalekeep::logging
