#pragma once

#include "models/clusters/clusterhub.h"
#include "models/restore/changesmodel.h"
#include "models/restore/checksmodel.h"
#include "models/restore/preparation.h"
#include "models/restore/restorecomponentsmodel.h"
#include "models/restore/restoreresult.h"
#include "models/restore/targetsmodel.h"
#include "models/run/runhub.h"

#include <QPointer>
#include <QTimer>

namespace scalekeep::models {

/// One restore, from the choice of a bundle to its result. Reads and checks in the background, and starts the run through the RunHub only when
/// nothing failed, the checks are recent and the namespace was typed. GUI thread. The hubs outlive it.
class RestoreSession : public QObject {
    Q_OBJECT
public:
    enum class Step { Bundle, Target, Components, Check, Run, Result };
    static constexpr int stepTotal = 6;

    RestoreSession(ClusterHub& clusters, RunHub& runs, QObject* parent = nullptr);
    ~RestoreSession() override;

    /// Starts anew with this bundle (empty: none yet) and target, and with the choices of an earlier run's plan, but for what was given up or allowed then.
    /// A run that was started goes on by itself.
    void begin(const QString& bundlePath, const std::optional<NamespaceRef>& target, const QJsonObject& choices = {});

    // Where one is ---------------------------------------------------------------------------------------------------------------------
    [[nodiscard]] Step step() const { return m_step; }
    [[nodiscard]] bool canGoTo(Step step) const;
    void goTo(Step step);
    /// Why one cannot go on from this step, in one sentence; empty: one can.
    [[nodiscard]] QString whyNot(Step step) const;

    // Bundle ---------------------------------------------------------------------------------------------------------------------------
    void openBundle(const QString& path);
    [[nodiscard]] QString bundlePath() const { return m_bundlePath; }
    [[nodiscard]] bool opening() const { return m_opening; }
    [[nodiscard]] const std::optional<Error>& bundleError() const { return m_bundleError; }
    [[nodiscard]] const std::optional<bundle::Header>& header() const { return m_header; } ///< once it is read
    [[nodiscard]] const bundle::Manifest& manifest() const { return m_manifest; }

    // Target ---------------------------------------------------------------------------------------------------------------------------
    [[nodiscard]] const std::optional<NamespaceRef>& target() const { return m_target; }
    void setTarget(const std::optional<NamespaceRef>& target);
    [[nodiscard]] Kinship kinship() const;        ///< of the target to the bundle
    /// How the checks found the target to be another installation, although the clusters tree takes it for the bundle's own; empty: they did not.
    [[nodiscard]] QString differs() const;
    [[nodiscard]] bool production() const;
    [[nodiscard]] QString clusterColour() const;
    [[nodiscard]] QStringList connectedClusters() const; ///< those that are not read only

    // Options --------------------------------------------------------------------------------------------------------------------------
    [[nodiscard]] const restore::Options& options() const { return m_options; } ///< without components
    [[nodiscard]] bool safety() const { return m_safety; }
    void setEmptyQueues(bool empty);
    void setDocumentedRedis(bool documented);
    void setTemplateFile(const QString& path);
    void setMap(bool map);
    void setSafety(bool take);
    void setReason(const QString& reason);        ///< why no safety bundle
    /// Fields of the change that the restore is part of, for the record. They change nothing of what is done, so the checks stay good.
    void setChange(const QJsonObject& change) { m_change = change; }

    // Check and confirm ----------------------------------------------------------------------------------------------------------------
    void check();                                 ///< again, F5
    /// The answer of a check, made for the choices as they are now. For checks that come back, and for tests without a cluster.
    void put(const Result<std::shared_ptr<Preparation>>& made);
    [[nodiscard]] bool checking() const { return m_checking; }
    /// How far the counting of what is there has come: "system-mysql, 3 of 9"; empty before it begins.
    [[nodiscard]] QString countingText() const { return m_counting; }
    [[nodiscard]] const std::optional<Error>& checkError() const { return m_checkError; }
    [[nodiscard]] const Preparation* preparation() const { return m_preparation.get(); } ///< of the choices as they are now
    [[nodiscard]] bool changedSince() const { return m_changedSince; } ///< the last check differs from the one before
    /// Stores that cannot be kept, when nothing else fails: their names, typed instead of the namespace's, give up what they hold (for this bundle and
    /// target), and everything is checked again.
    [[nodiscard]] QStringList unreadable() const;
    [[nodiscard]] bool locked() const;            ///< the checks failed because a run holds the namespace
    /// Somebody has looked at the lock of this namespace, and may have ended it: checks that failed of it are made again.
    void lockMayBeGone(const NamespaceRef& where);
    void setTypedName(const QString& name);
    [[nodiscard]] QString typedName() const { return m_typed; }
    [[nodiscard]] bool nameIsRight() const { return m_target && m_typed == m_target->name; }
    /// No failed check: the name may be typed.
    [[nodiscard]] bool checksPassed() const;
    [[nodiscard]] bool canStart() const;
    /// Ids of what the plan restores, as soon as there is one; until then what is chosen.
    [[nodiscard]] QStringList toRestore() const;
    [[nodiscard]] QString summary() const;        ///< "45 steps, 2.9 GiB to load; 30 of them without service"
    /// Starts the run; null when canStart() is false. The state is the RunHub's.
    RunState* start();

    // Run and result -------------------------------------------------------------------------------------------------------------------
    [[nodiscard]] RunState* run() const { return m_run; }
    [[nodiscard]] const RestoreResult& result() const { return m_result; }

    [[nodiscard]] TargetsModel* targets() const { return m_targets; }
    [[nodiscard]] RestoreComponentsModel* components() const { return m_components; }
    [[nodiscard]] ChecksModel* checks() const { return m_checks; }
    [[nodiscard]] ChangesModel* changes() const { return m_changes; }

Q_SIGNALS:
    void changed();                               ///< anything but the models' rows
    void stepChanged();
    void typedNameCleared();

private:
    void invalidate();                            ///< a choice changed: what was checked is no longer what would be done
    void stopChecking();
    void clearTyped();
    void learnDifference();                       ///< see differs()
    void ended();
    void forgetRun();
    [[nodiscard]] restore::Options chosenOptions() const;

    ClusterHub& m_clusters;
    RunHub& m_runs;
    TargetsModel* m_targets;
    RestoreComponentsModel* m_components;
    ChecksModel* m_checks;
    ChangesModel* m_changes;
    Step m_step = Step::Bundle;
    QString m_bundlePath;
    bool m_opening = false;
    quint64 m_bundleNumber = 0, m_checkNumber = 0; ///< answers to older questions are dropped
    std::optional<Error> m_bundleError, m_checkError;
    std::optional<bundle::Header> m_header;
    bundle::Manifest m_manifest;
    std::optional<NamespaceRef> m_target;
    bool m_targetGiven = false;                   ///< by the user or the caller: not replaced by the bundle's own
    struct Difference {
        Kinship kinship = Kinship::Other;
        QString text;
    };
    std::optional<Difference> m_difference;       ///< of this target and bundle, as last checked
    bool m_chosen = false;              ///< by begin(): go on as soon as the bundle is read
    QStringList m_wanted;               ///< components of begin()'s bundle; empty: all
    restore::Options m_options;
    QJsonObject m_change;
    QString m_reason;
    bool m_safety = true;
    bool m_checking = false, m_changedSince = false;
    std::stop_source m_stop;
    std::shared_ptr<Preparation> m_preparation;
    QByteArray m_lastFingerprint;
    QString m_typed;
    QTimer m_aging, m_watching;                   ///< m_watching: asks the worker how far it is
    struct Counting;
    std::shared_ptr<Counting> m_progress;         ///< shared with the worker
    QString m_counting;
    QPointer<RunState> m_run;
    RestoreResult m_result;
};

} // namespace scalekeep::models
