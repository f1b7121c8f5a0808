#pragma once

#include "engine/run/lock.h"
#include "models/run/runhub.h"

#include <functional>
#include <optional>
#include <stop_token>

namespace scalekeep::models {

/// Who holds a namespace, and the two ways to take it from a run that is lost: put back what its lock remembers, or only remove the lock. What
/// `scalekeep-cli unlock` does, for a dialog. GUI thread.
class NamespaceLock : public QObject {
    Q_OBJECT
public:
    NamespaceLock(const Workplace& workplace, RunHub& runs, NamespaceRef where, bool readOnly, QObject* parent = nullptr);
    ~NamespaceLock() override;

    enum class Work { None, Reading, PuttingBack, Breaking };

    [[nodiscard]] const NamespaceRef& where() const { return m_where; }
    [[nodiscard]] Work work() const { return m_work; }
    [[nodiscard]] bool known() const { return m_known; }                                   ///< the last look was answered
    [[nodiscard]] const std::optional<run::LockInfo>& holder() const { return m_holder; }  ///< as last read; empty: not locked, or never known
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }            ///< of the last work
    [[nodiscard]] QString result() const { return m_result; }                              ///< what the last work came to: a sentence
    [[nodiscard]] QStringList said() const { return m_said; }                              ///< what it did on the way
    /// What the lock remembers, or remembered before it was gone: with the lock go the originals.
    [[nodiscard]] QString remembered() const { return m_remembered; }
    /// Why nothing can be taken from the holder now; empty: it can.
    [[nodiscard]] QString whyNot() const;
    /// The holder's journal is here, and up to date: it is resumed or undone with that, rather than put back from its lock alone.
    [[nodiscard]] bool holderIsHere() const;
    /// The holder works at this moment, in this window or in another process of this workstation.
    [[nodiscard]] bool holderIsLive() const;
    /// Components that hold what a run loaded while others may hold what was there before, where that alone keeps everything stopped.
    [[nodiscard]] QStringList mixed() const;
    /// What to do about the holder, with the window's means; sentences.
    [[nodiscard]] QString remedy() const;

    void putBack(bool acceptMixed = false);

public Q_SLOTS:
    void read();
    void breakLock();

Q_SIGNALS:
    void changed();

private:
    struct Answer;
    void begin(Work work, std::function<Answer(const oc::Client&, const std::optional<run::LockInfo>& seen, const std::function<void(const QString&)>& log)> job);
    [[nodiscard]] bool inThisWindow() const;

    const Workplace& m_workplace;
    RunHub& m_runs;
    NamespaceRef m_where;
    bool m_readOnly;
    Work m_work = Work::None;
    bool m_known = false;
    std::optional<run::LockInfo> m_holder;
    std::optional<Error> m_error;
    QString m_result, m_remembered;
    QStringList m_said;
    std::stop_source m_stop;
};

} // namespace scalekeep::models
