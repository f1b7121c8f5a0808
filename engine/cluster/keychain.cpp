#include "engine/cluster/keychain.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QFileInfo>
#include <QSemaphore>
#include <QThread>

#include <functional>
#include <memory>
#include <qt6keychain/keychain.h>

namespace scalekeep::cluster::keychain {

using namespace Qt::Literals::StringLiterals;

namespace {

// Time for a person to unlock the keychain; without one nobody waits, because available() has said so.
constexpr int patience = 60'000;

#ifdef Q_OS_LINUX
// Asks the bus itself, with a limit of its own: the keychain library would wait 25 seconds for a service that is not
// there.
bool serviceOnBus()
{
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") &&
        (runtime.isEmpty() || !QFileInfo::exists(runtime + u"/bus"_s)))
        return false;
    const QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return false;
    for (const QString& list : {u"ListNames"_s, u"ListActivatableNames"_s}) {
        const QDBusMessage answer =
            bus.call(QDBusMessage::createMethodCall(u"org.freedesktop.DBus"_s, u"/org/freedesktop/DBus"_s,
                                                    u"org.freedesktop.DBus"_s, list),
                     QDBus::Block, 2000);
        const QStringList names = answer.arguments().value(0).toStringList();
        if (names.contains(u"org.freedesktop.secrets") || names.contains(u"org.kde.kwalletd5") ||
            names.contains(u"org.kde.kwalletd6"))
            return true;
    }
    return false;
}
#endif

Error failure(const QKeychain::Job& job, const QString& doing)
{
    ErrorCode code = ErrorCode::Io;
    if (job.error() == QKeychain::EntryNotFound)
        code = ErrorCode::NotFound;
    else if (job.error() == QKeychain::AccessDenied || job.error() == QKeychain::AccessDeniedByUser)
        code = ErrorCode::Forbidden;
    else if (job.error() == QKeychain::NoBackendAvailable || job.error() == QKeychain::NotImplemented)
        code = ErrorCode::Unsupported;
    return {code, u"Could not %1 the system's keychain."_s.arg(doing), job.errorString(),
            u"Unlock the keychain and try again, or log in with --store-token."_s};
}

// The library queues its jobs in the thread that used it first, for ever: one thread for all of them, until the program
// ends.
class Worker {
public:
    static Worker& instance()
    {
        static Worker* const worker = [] {
            auto* made = new Worker;
            qAddPostRoutine([] { instance().stop(); });
            return made;
        }();
        return *worker;
    }
    [[nodiscard]] QObject* context() { return &m_context; }

private:
    Worker()
    {
        m_context.moveToThread(&m_thread);
        m_thread.start();
    }
    void stop()
    {
        m_thread.quit();
        m_thread.wait();
    }

    QThread m_thread;
    QObject m_context;
};

// What the caller waits for; shared, because an answer may come after the caller has gone.
struct Answer {
    QSemaphore ready;
    Result<void> result;
};

template <class Job>
Result<void> run(const QString& key, const QString& doing, const std::function<void(Job&)>& prepare,
                 const std::function<void(const Job&)>& take)
{
    if (!available())
        return fail(ErrorCode::Unsupported, u"This machine has no keychain."_s);
    const auto answer = std::make_shared<Answer>();
    QMetaObject::invokeMethod(Worker::instance().context(), [=] {
        auto* job = new Job(u"scalekeep"_s);
        job->setKey(key);
        prepare(*job);
        QObject::connect(job, &QKeychain::Job::finished, Worker::instance().context(), [=](QKeychain::Job* finished) {
            if (finished->error() == QKeychain::NoError)
                take(*job);
            else
                answer->result = fail(failure(*finished, doing));
            answer->ready.release();
        });
        job->start();
    });
    if (!answer->ready.tryAcquire(1, patience))
        return fail(ErrorCode::Timeout,
                    u"The system's keychain did not answer within %1 seconds."_s.arg(patience / 1000),
                    u"Unlock it and try again, or log in with --store-token."_s);
    return answer->result;
}

} // namespace

bool available()
{
#ifdef Q_OS_LINUX
    static const bool service = serviceOnBus();
    return service;
#else
    return true; // part of the system on the other platforms
#endif
}

Result<Secret> read(const QString& key)
{
    const auto found = std::make_shared<Secret>();
    const auto done = run<QKeychain::ReadPasswordJob>(
        key, u"read from"_s, [](auto&) {}, [found](const auto& job) { *found = Secret(job.binaryData()); });
    if (!done)
        return fail(done.error());
    return *found;
}

Result<void> write(const QString& key, const Secret& value)
{
    return run<QKeychain::WritePasswordJob>(
        key, u"write to"_s, [value](auto& job) { job.setBinaryData(value.reveal()); }, [](const auto&) {});
}

Result<void> remove(const QString& key)
{
    const auto done = run<QKeychain::DeletePasswordJob>(
        key, u"remove the token from"_s, [](auto&) {}, [](const auto&) {});
    if (!done && done.error().code != ErrorCode::NotFound)
        return done;
    return {};
}

} // namespace scalekeep::cluster::keychain
