#pragma once

#include "world.h"

#include "engine/record/export.h"
#include "engine/run/session.h"

/// Journals as the executor writes them: restores of a small plan whose steps answer what real ones do.
class Recorded {
public:
    World world;
    QString runId;
    QJsonObject changes;                ///< what the preview counted
    bool redis = false;                 ///< its data is loaded as that of a Redis is
    QByteArray bundleSecret;            ///< a value of a Secret in the bundle that the run restores

    Recorded();
    /// `change`: carried by the plan. `failAt`: id of a step that fails; empty: none. Answers whether the run came to its end.
    bool restore(const QJsonObject& change = {}, const QString& failAt = {});
    bool undo();
    [[nodiscard]] QList<QByteArray> lines() const;
    [[nodiscard]] QString journal() const { return scalekeep::run::Session::journalPath(world.home(), runId); }
    [[nodiscard]] QString bundle() const { return world.home() + QStringLiteral("/B.scalekeep.tar"); }
    /// Cuts the journal behind the first event of this type and step.
    bool cutAfter(const QString& type, const QString& step);

    static scalekeep::plan::Plan plan();

private:
    bool makeBundle();
};
