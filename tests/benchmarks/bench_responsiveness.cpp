// How long the window's event loop is held up while a run sends events as fast as it can, with a log of 100,000 lines in view. A timer of 1 ms
// asks the loop; what it is late by is the delay that a click would have. Prints percentiles; run it in a release build, offscreen or not.
#include "models/run/runhub.h"
#include "widgets/common/theme.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runspage.h"
#include "widgets/run/runview.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QThreadPool>

#include <algorithm>
#include <cstdio>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// Logs and reports progress until it is stopped, with a rest so that the machine's other core is the limit and not the journal's disk.
class Busy : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        for (qint64 line = 0; !step.stop.stop_requested(); ++line) {
            QString text;
            for (int part = 0; part < 50; ++part)
                text += u"Table cinstances_%1: %2 rows\n"_s.arg(part).arg(line);
            step.log(text);
            step.progress(line % 100'000, 100'000, u"bytes"_s);
            QThread::usleep(500);
        }
        return fail(ErrorCode::Cancelled, u"Stopped."_s);
    }
};

void print(const char* what, std::vector<double> delays)
{
    std::sort(delays.begin(), delays.end());
    const auto at = [&](double part) { return delays.empty() ? 0.0 : delays[std::min(delays.size() - 1, size_t(part * double(delays.size())))]; };
    std::printf("%-34s %7zu ticks   50 %% %6.2f ms   95 %% %6.2f ms   99 %% %6.2f ms   99.9 %% %7.2f ms   longest %7.2f ms\n", what, delays.size(), at(0.5), at(0.95), at(0.99), at(0.999), at(1));
}
} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    widgets::theme::install(application);
    QTemporaryDir home;
    Redactor redactor;
    cluster::Logins logins(home.path(), redactor);
    QThreadPool workers;
    const models::Workplace workplace{home.path(), redactor, logins, workers};
    models::RunHub hub(workplace);
    widgets::RunsPage page(hub);
    page.resize(1280, 800);
    page.show();

    models::RunRequest request;
    request.plan.kind = u"backup"_s;
    request.plan.cluster = u"north"_s;
    request.plan.namespaceName = u"threescale"_s;
    plan::Stage stage{.id = u"data"_s, .title = u"Data"_s, .parallel = 4, .steps = {}};
    for (int index = 0; index < 8; ++index) {
        plan::Step step;
        step.id = u"step-%1"_s.arg(index);
        step.title = u"Read store %1"_s.arg(index);
        step.action = u"busy"_s;
        step.weight = 100'000;
        stage.steps.append(step);
    }
    request.plan.stages.append(stage);
    request.connection.program = u"true"_s;
    request.handlers.insert(u"busy"_s, std::make_shared<Busy>());
    models::RunState* run = hub.start(std::move(request));

    std::vector<double> delays;
    QElapsedTimer since;
    QTimer tick;
    tick.setTimerType(Qt::PreciseTimer);
    QObject::connect(&tick, &QTimer::timeout, [&] {
        if (since.isValid())
            delays.push_back(std::max(double(since.nsecsElapsed()) / 1e6 - 1, 0.0));
        since.start();
    });
    tick.start(1);
    const auto measure = [&](const char* what, const std::function<bool()>& until, int milliseconds) {
        delays.clear();
        since.invalidate();
        QElapsedTimer whole;
        whole.start();
        while (!until() && whole.elapsed() < milliseconds)
            QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 20);
        print(what, delays);
    };
    measure("log grows to 100,000 lines", [&] { return run->log().size() >= models::RunFold::MaxLogLines; }, 60'000);
    measure("full ring, following the end", [] { return false; }, 10'000);
    const QStringList words{u"c"_s, u"ci"_s, u"cin"_s, u"cinstances_49"_s, u"nothing like this"_s, {}};
    qsizetype word = 0;
    QTimer typing;
    QObject::connect(&typing, &QTimer::timeout, [&] { page.view()->log()->search()->setText(words[word++ % words.size()]); });
    typing.start(300);
    measure("full ring, somebody searches", [] { return false; }, 10'000);
    typing.stop();
    std::printf("%lld lines in all\n", static_cast<long long>(run->droppedLogLines() + run->log().size()));
    run->cancel();
    while (run->live())
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 50);
    return 0;
}
