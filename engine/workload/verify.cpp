#include "engine/workload/verify.h"

#include "engine/run/refresh.h"
#include "engine/workload/state.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <thread>

namespace scalekeep::workload {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 routeLimitMs = 120'000; // the router takes a moment
constexpr qint64 httpLimitMs = 300'000;  // Rails takes minutes until it answers

/// Every workload of the plan is ready at its count.
class WorkloadsHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonArray states;
        QStringList failures;
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            const auto state = read(step.client, kind, name);
            if (!state && state.error().code == ErrorCode::NotFound) {
                failures.append(u"%1 is missing"_s.arg(name));
                continue;
            }
            if (!state)
                return fail(state.error());
            const int replicas = each[u"replicas"].toInt(-1) >= 0 ? each[u"replicas"].toInt() : originalReplicas(step, kind, name).value_or(state->desired);
            const int wanted = wantedNow(*state, replicas);
            if (wanted < replicas)
                step.log(u"Warning: %1 is to have %2 pods instead of %3: an autoscaler or somebody else has set that since."_s.arg(name).arg(wanted).arg(replicas));
            states.append(QJsonObject{{u"name"_s, name}, {u"ready"_s, state->ready}, {u"wanted"_s, wanted}});
            if (state->ready < wanted)
                failures.append(u"%1 has %2 of %3 pods ready"_s.arg(name).arg(state->ready).arg(wanted));
        }
        if (!failures.isEmpty())
            return fail(ErrorCode::VerificationFailed, u"Not every workload is back: %1."_s.arg(failures.join(u"; "_s)), u"The data is loaded and proven. Look at the pods' events, then resume the run."_s);
        return QJsonObject{{u"workloads"_s, states}};
    }
};

/// Every Route that the bundle has is admitted by the router. A host that another namespace has claimed is named.
class RoutesHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QElapsedTimer timer;
        timer.start();
        while (true) {
            if (const auto refreshed = run::refresh(step); !refreshed)
                return fail(refreshed.error());
            QStringList problems;
            {
                const std::lock_guard lock(step.context.mutex);
                for (const QJsonValue& wantedHost : step.step.parameters[u"hosts"].toArray()) {
                    const QString host = wantedHost.toString();
                    if (const auto problem = problemOf(host, step.context.inventory.routes))
                        problems.append(*problem);
                }
            }
            if (problems.isEmpty())
                return QJsonObject{{u"hosts"_s, step.step.parameters[u"hosts"]}};
            if (timer.hasExpired(routeLimitMs))
                return fail(ErrorCode::VerificationFailed, u"Not every Route is back: %1."_s.arg(problems.join(u"; "_s)), u"The data is loaded and proven. Run the resync of the Routes again, or look at the Routes' status."_s);
            for (int slice = 0; slice < 40; ++slice) {
                if (step.stop.stop_requested())
                    return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
        }
    }
};

/// One status page, asked inside the pod. A container without curl cannot be asked: that is said, not hidden.
class HttpHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonArray answers;
        for (const QJsonValue& check : step.step.parameters[u"checks"].toArray()) {
            const auto answer = ask(step, check.toObject());
            if (!answer)
                return fail(answer.error());
            answers.append(*answer);
        }
        return QJsonObject{{u"answers"_s, answers}};
    }

private:
    static Result<QJsonObject> ask(run::StepRun& step, const QJsonObject& check)
    {
        const QString workload = check[u"workload"].toString(), url = u"http://localhost:%1%2"_s.arg(check[u"port"].toInt()).arg(check[u"path"].toString());
        QElapsedTimer timer;
        timer.start();
        while (true) {
            if (const auto refreshed = run::refresh(step); !refreshed)
                return fail(refreshed.error());
            oc::PodRef pod;
            {
                const std::lock_guard lock(step.context.mutex);
                const cluster::Workload* state = step.context.inventory.workload(workload);
                if (!state || state->desired == 0)
                    return QJsonObject{{u"url"_s, url}, {u"workload"_s, workload}, {u"answer"_s, u"not running"_s}};
                const auto ready = step.context.inventory.readyPod(workload);
                if (!ready)
                    return fail(ready.error());
                pod = {ready->name, check[u"container"].toString(), ready->uid};
            }
            const auto tools = step.client.tools(pod, {u"curl"_s});
            if (!tools)
                return fail(tools.error());
            if (!tools->contains(u"curl"_s)) {
                step.log(u"Warning: %1 has no curl, so %2 was not asked."_s.arg(pod.container, url));
                return QJsonObject{{u"url"_s, url}, {u"workload"_s, workload}, {u"answer"_s, u"not asked: no curl in the container"_s}};
            }
            const auto answer = step.client.exec(pod, {u"curl"_s, u"-sS"_s, u"-m"_s, u"10"_s, u"-o"_s, u"/dev/null"_s, u"-w"_s, u"%{http_code}"_s, u"-H"_s, u"X-Forwarded-Proto: https"_s, url});
            if (!answer)
                return fail(answer.error());
            if (answer->exitCode == 0 && answer->output.trimmed() == "200")
                return QJsonObject{{u"url"_s, url}, {u"workload"_s, workload}, {u"answer"_s, u"200"_s}};
            if (timer.hasExpired(httpLimitMs))
                return fail(ErrorCode::VerificationFailed, u"%1 does not answer on %2 (%3)."_s.arg(workload, url, QString::fromUtf8(answer->output.trimmed())),
                            u"The data is loaded and proven. Look at the logs of pod %1."_s.arg(pod.pod), QString::fromUtf8(answer->errorText));
            for (int slice = 0; slice < 60; ++slice) {
                if (step.stop.stop_requested())
                    return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
        }
    }
};
} // namespace

std::optional<QString> problemOf(const QString& host, const QList<cluster::Route>& routes)
{
    QString problem = u"%1 has no Route"_s.arg(host);
    for (const cluster::Route& route : routes) {
        if (route.host != host)
            continue;
        if (route.admitted)
            return {};
        problem = u"%1 is not admitted%2"_s.arg(host, route.problem.isEmpty() ? QString{} : u" (%1)"_s.arg(route.problem));
    }
    return problem;
}

void registerVerifyHandlers(run::Handlers& handlers)
{
    run::add<WorkloadsHandler>(handlers, u"verify.workloads"_s);
    run::add<RoutesHandler>(handlers, u"verify.routes"_s);
    run::add<HttpHandler>(handlers, u"verify.http"_s);
}

} // namespace scalekeep::workload
