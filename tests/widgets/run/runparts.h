#pragma once

#include "runworld.h"
#include "tests/models/clusters/fixture.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDialog>
#include <QJsonDocument>
#include <QLabel>
#include <QTest>

/// What the tests of the page Runs and of its dialogs share.
namespace runparts {
using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

inline QAbstractButton* button(const QWidget* parent, const QString& text)
{
    for (auto* each : parent->findChildren<QAbstractButton*>()) {
        if (each->text().remove(u'&') == text)
            return each;
    }
    return nullptr;
}

/// The button of a question that stands in front.
inline QAbstractButton* asked(const QString& text)
{
    for (QWidget* top : QApplication::topLevelWidgets()) {
        if (auto* found = top->isVisible() && qobject_cast<QDialog*>(top) ? button(top, text) : nullptr)
            return found;
    }
    return nullptr;
}

/// Text of the visible labels of a widget.
inline QString shownText(const QWidget* parent)
{
    QStringList texts;
    for (const auto* each : parent->findChildren<QLabel*>()) {
        if (each->isVisible())
            texts.append(each->text());
    }
    return texts.join(u' ');
}

template <class T>
T* inFront()
{
    for (QWidget* top : QApplication::topLevelWidgets()) {
        if (auto* found = top->isVisible() ? qobject_cast<T*>(top) : nullptr)
            return found;
    }
    return nullptr;
}

/// A quiesced backup that was killed while it changed the namespace: its id. `bundle`: the file that its plan names.
inline QString interrupted(RunWorld& world, const QString& bundle = {})
{
    world.putNamespace(models::fixture::threescaleObjects());
    models::RunHub hub(world.workplace());
    models::RunRequest request = world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)}));
    request.plan.kind = u"backup"_s;
    request.plan.bundle = bundle;
    request.catalog = models::fixture::namespaceState(u"threescale"_s, models::fixture::threescaleObjects()).detection->catalog;
    models::RunState* run = hub.start(std::move(request));
    if (!QTest::qWaitFor([run] { return run->phase() == models::RunState::Phase::Ended; }, 10'000))
        qFatal("it did not end");
    world.cutAfter(run->runId(), "step-started", "b");
    return run->runId();
}

/// The lock as a run on another workstation has it.
inline QJsonObject strangersLock(const QJsonObject& inFlight = {})
{
    return {{u"nonce"_s, u"0a1b2c3d"_s}, {u"runId"_s, u"20261130T070000Z-abcdef"_s}, {u"owner"_s, u"mwagner"_s}, {u"host"_s, u"bastion-2"_s}, {u"holder"_s, u"0011223344556677"_s}, {u"purpose"_s, u"restore"_s},
            {u"since"_s, u"2026-11-30T07:00:00Z"_s}, {u"originals"_s, u"{\"replicas:DeploymentConfig/system-app\":2}"_s}, {u"inFlight"_s, QString::fromUtf8(QJsonDocument(inFlight).toJson(QJsonDocument::Compact))}, {u"left"_s, u"no"_s}};
}

/// Where pictures for a designer go; nothing is kept without it.
inline void picture(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
    if (!folder.isEmpty())
        widget.grab().save(folder + u'/' + name + u".png"_s);
}
} // namespace runparts
