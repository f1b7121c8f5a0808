#include "app/cli/program.h"

#include "app/logging/logging.h"
#include "engine/base/files.h"
#include "engine/oc/patience.h"

#ifdef SCALEKEEP_PDF
#include <QGuiApplication>
#else
#include <QCoreApplication>
#endif

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cli;

namespace {
const Command* const commands[] = {&loginCommand, &logoutCommand, &clustersCommand, &inventoryCommand, &planCommand, &backupCommand, &verifyCommand,
                                   &showCommand, &compareCommand, &extractCommand, &salvageCommand, &restoreCommand, &runsCommand, &resumeCommand, &undoCommand, &unlockCommand, &recordCommand, &verifyRecordCommand};

QString help()
{
    QString text = u"Usage: scalekeep-cli COMMAND [options]\nBackup and restore of Red Hat 3scale API Management on OpenShift, through `oc`.\n\nCommands:\n"_s;
    for (const Command* command : commands)
        text += u"  %1%2\n"_s.arg(QLatin1String(command->name), -14).arg(QLatin1String(command->summary));
    text += u"\nA target is CLUSTER/NAMESPACE, with the name given at login. Each command explains itself: scalekeep-cli COMMAND --help.\n"
            "Exit codes: 0 done and proven; 1 usage; 2 failed, nothing changed; 3 failed, undone;\n"
            "            4 interrupted, not undone, or not known whether the namespace is locked: resume or undo the run;\n"
            "            5 verification failed; 6 login or rights.\n"
            "SCALEKEEP_HOME moves all state; SCALEKEEP_OC names the client; SCALEKEEP_PATIENCE multiplies every time limit of its calls (3 for a slow line).\n"_s;
    return text;
}

int signalPipe[2];

/// Ctrl+C asks the run to stop: what it began is taken back, and the program ends by itself. The third one leaves at once, as a crash does: the journal
/// and the lock stay, and the run can be resumed or undone. Reading a pipe keeps the handler trivial.
void onSignal(int)
{
    const char byte = 1;
    (void)!::write(signalPipe[1], &byte, 1);
}
} // namespace

/// Only a PDF needs fonts, and with them an application that draws; it needs no display for that.
std::unique_ptr<QCoreApplication> makeApplication(int& argc, char* argv[])
{
#ifdef SCALEKEEP_PDF
    const bool pdf = argc > 1 && std::strcmp(argv[1], "record") == 0 && std::any_of(argv + 2, argv + argc, [](const char* each) { return std::strstr(each, "pdf") != nullptr; });
    if (pdf) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        return std::make_unique<QGuiApplication>(argc, argv);
    }
#endif
    return std::make_unique<QCoreApplication>(argc, argv);
}

int main(int argc, char* argv[])
{
    const auto application = makeApplication(argc, argv);
    QCoreApplication::setApplicationName(u"scalekeep-cli"_s);
    QStringList arguments = QCoreApplication::arguments().mid(1);
    const bool json = arguments.contains(u"--json"_s);
    Redactor redactor;
    Console console(redactor, json);

    const QString name = arguments.value(0);
    if (name.isEmpty() || name == u"--help" || name == u"-h" || name == u"help") {
        std::fputs(help().toUtf8().constData(), name.isEmpty() ? stderr : stdout);
        return name.isEmpty() ? Usage : Done;
    }
    if (name == u"--version") {
        std::puts("scalekeep-cli " SCALEKEEP_VERSION);
        return Done;
    }
    const auto command = std::find_if(std::begin(commands), std::end(commands), [&name](const Command* each) { return name == QLatin1String(each->name); });
    if (command == std::end(commands))
        return console.error({ErrorCode::Usage, u"There is no command “%1”."_s.arg(name), {}, u"See scalekeep-cli --help."_s});

    Arguments parsed(name, QLatin1String((*command)->summary));
    (*command)->declare(parsed);
    if (const auto valid = parsed.parse(arguments.mid(1)); !valid)
        return console.error(valid.error());
    if (parsed.helpAsked()) {
        std::fputs(parsed.help().toUtf8().constData(), stdout);
        return Done;
    }

    if (const auto patience = oc::patience(); !patience)
        return console.error(patience.error());
    const auto home = stateHome();
    if (!home)
        return console.error(home.error());
    logging::install(*home, redactor);
    cluster::Logins logins(*home, redactor);

    std::stop_source stop;
    if (::pipe(signalPipe) != 0)
        return console.error({ErrorCode::Io, u"Could not prepare for signals."_s, {}, {}});
    std::thread([&stop, &console] {
        char byte = 0;
        int asked = 0;
        while (::read(signalPipe[0], &byte, 1) == 1 && byte == 1) {
            if (++asked > 2) {
                console.line(u"Left as it is. See “scalekeep-cli runs”, then resume or undo."_s);
                ::_exit(NeedsAttention);
            }
            console.line(asked == 2 ? u"Already stopping: what was begun is being taken back. Once more leaves everything as it is at this moment, to be resumed or undone later."_s
                                    : u"Stopping: what was begun is taken back, step by step as shown. Of a restore, stores that are proven stay as they are: resume or undo it then."_s);
            stop.request_stop();
        }
    }).detach();
    std::signal(SIGINT, onSignal);
    std::signal(SIGTERM, onSignal);
    std::signal(SIGPIPE, SIG_IGN);

    Program program{.home = *home, .redactor = redactor, .logins = logins, .console = console, .stop = stop.get_token()};
    return (*command)->run(program, parsed);
}
