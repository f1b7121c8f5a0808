#include "app/logging/logging.h"
#include "engine/base/files.h"
#include "engine/oc/patience.h"
#include "widgets/common/theme.h"
#include "widgets/main/mainwindow.h"
#include "widgets/main/settingsdialog.h"
#include "widgets/main/texts.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QSettings>

#include <csignal>
#include <cstdio>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

int main(int argc, char* argv[])
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"scalekeep"_s);
    QApplication::setApplicationDisplayName(u"Scalekeep"_s);
    QApplication::setApplicationVersion(QStringLiteral(SCALEKEEP_VERSION));
    QApplication::setDesktopFileName(u"io.github.scalekeep.Scalekeep"_s);
#ifndef Q_OS_WIN
    std::signal(SIGPIPE, SIG_IGN);
#endif

    widgets::installTexts(application);

    QCommandLineParser parser;
    parser.setApplicationDescription(QApplication::translate("main", "Backup and restore of Red Hat 3scale API Management on OpenShift."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(u"bundles"_s, QApplication::translate("main", "Bundles to open."), u"[BUNDLE...]"_s);
    parser.process(application);

    const auto refuse = [](const Error& error) {
        std::fprintf(stderr, "%s %s\n", qUtf8Printable(error.message), qUtf8Printable(error.hint));
        return 1;
    };
    if (const auto patience = oc::patience(); !patience)
        return refuse(patience.error());
    const auto home = stateHome();
    if (!home)
        return refuse(home.error());
    Redactor redactor;
    logging::install(*home, redactor);
    cluster::Logins logins(*home, redactor);
    QSettings settings(*home + u"/desktop.ini"_s, QSettings::IniFormat);
    widgets::settings::applyClient(settings);
    widgets::theme::install(application);
    widgets::settings::applyAppearance(settings);
    QApplication::setWindowIcon(QIcon(u":/icons/scalekeep.svg"_s));

    QThreadPool workers;
    workers.setMaxThreadCount(16); // they wait for `oc` most of the time
    const models::Workplace workplace{.home = *home, .redactor = redactor, .logins = logins, .workers = workers};
    {
        models::ProgramLog log(redactor);
        models::ClusterHub clusters(workplace);
        models::RunHub runs(workplace);
        widgets::MainWindow window(workplace, clusters, runs, log, settings);
        window.show();
        clusters.start();
        runs.refresh();
        const QStringList bundles = parser.positionalArguments();
        for (const QString& path : bundles)
            window.openBundle(path);
        QApplication::exec();
    }
    workers.clear();
    workers.waitForDone();
    logins.endSession();
    return 0;
}
