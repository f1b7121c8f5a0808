#pragma once

#include "world.h"

#include "engine/run/session.h"

#include <QDir>
#include <QFile>

namespace scalekeep::run {
using namespace Qt::Literals::StringLiterals;

inline QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

inline bool put(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

inline bundle::Header header()
{
    return {.cluster = u"north"_s, .apiUrl = u"https://api.example:6443"_s, .namespaceName = u"threescale"_s, .projectUid = u"uid-1"_s, .wildcardDomain = {}, .threescaleVersion = u"2.7"_s,
            .flavour = u"template"_s, .workloadKind = u"DeploymentConfig"_s, .purpose = u"backup"_s, .runId = {}, .program = u"test"_s, .operatorIdentity = u"admin"_s,
            .started = QDateTime::currentDateTimeUtc()};
}

/// Runs, dies at will, goes on: over the same state folder.
class Runs {
public:
    World world;
    QString kind = u"backup"_s;

    Result<Session::Ended> run(plan::Plan plan, const QString& writesTo = {}, const QList<Check>& checks = {}, const QJsonObject& changes = {})
    {
        plan.kind = kind;
        plan.cluster = u"north"_s;
        plan.namespaceName = u"threescale"_s;
        const auto catalogs = catalog::allCatalogs();
        if (!catalogs)
            return fail(catalogs.error());
        auto catalog = catalog::readCatalog(catalogs->first().file, u"2.7"_s, u"template"_s);
        if (!catalog)
            return fail(catalog.error());
        return session().run({.plan = std::move(plan), .catalog = *catalog, .inventory = {}, .client = world.client(), .redactor = world.redactor(), .operatorIdentity = u"admin"_s, .header = header(),
                              .writesTo = writesTo, .reader = {}, .checks = checks, .changes = changes});
    }
    Result<Session::Ended> resume(const QString& id, bool lockWasRemoved = false) { return session().resume(id, setup(lockWasRemoved)); }
    Result<Session::Ended> undo(const QString& id, bool lockWasRemoved = false) { return session().undo(id, setup(lockWasRemoved)); }
    [[nodiscard]] Result<Past> past(const QString& id) const { return readPast(world.home(), id); }
    [[nodiscard]] QString journal(const QString& id) const { return Session::journalPath(world.home(), id); }
    [[nodiscard]] QString lockFile() const { return QDir(world.home()).filePath(u"lock.json"_s); }
    [[nodiscard]] QString markFile() const { return QDir(world.home()).filePath(u"mark.json"_s); }

    /// As if the program had died there: with `lock` as it stood then.
    void dieAfter(const QString& id, const QString& type, const QString& step, const QByteArray& lock)
    {
        const auto events = Journal::read(journal(id));
        QFile file(journal(id));
        if (!events || !file.open(QIODevice::ReadWrite))
            qFatal("no journal");
        for (const Event& event : *events) {
            file.readLine();
            if (event.type == type && event.step == step)
                break;
        }
        if (file.atEnd() || !file.resize(file.pos()) || (!lock.isEmpty() && !put(lockFile(), lock)))
            qFatal("no such event");
        world.forgetCalls();
    }

private:
    Session session() const { return Session(world.home(), world.handlers(), [](const Event&) {}); }
    ResumeSetup setup(bool lockWasRemoved) { return {.client = world.client(), .redactor = world.redactor(), .operatorIdentity = u"admin"_s, .lockWasRemoved = lockWasRemoved}; }
};

} // namespace scalekeep::run
