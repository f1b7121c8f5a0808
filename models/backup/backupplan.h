#pragma once

#include "models/backup/plangroup.h"
#include "models/backup/planstore.h"

#include <QTimer>

namespace scalekeep::models {

/// One namespace of the plan, ready to be prepared and run.
struct BackupJob {
    Selection selection;
    PlanOptions options;
    bool readOnly = false;        ///< nothing in this cluster may be changed
};

/// The plan on the Backup page: which components of which namespaces are backed up, how and where to, and what follows from that: the steps, how
/// complete it is, sizes, commands. Recomputed in the background shortly after the plan or the hub's data change. Made once, lives as long as
/// the hub; GUI thread.
class BackupPlan : public QObject {
    Q_OBJECT
public:
    explicit BackupPlan(ClusterHub& hub, QObject* parent = nullptr);

    [[nodiscard]] ClusterHub& hub() const { return m_hub; }
    [[nodiscard]] const Workplace& workplace() const { return m_hub.workplace(); }

    // What is in it -------------------------------------------------------------------------------------------------------
    [[nodiscard]] const PlanContent& content() const { return m_content; }
    [[nodiscard]] bool isEmpty() const { return m_content.selections.isEmpty(); }
    [[nodiscard]] bool contains(const ComponentRef& component) const; ///< a whole namespace: anything of it
    /// Why none of these can be added, as one sentence; empty when at least one can.
    [[nodiscard]] QString refusal(const QList<ComponentRef>& components) const;
    /// Adds what can be added and answers that; a whole namespace becomes the components that it has now.
    QList<ComponentRef> add(const QList<ComponentRef>& components);
    void remove(const QList<ComponentRef>& components);
    void clear();
    void setOptions(const PlanOptions& options);

    [[nodiscard]] QString undoText() const; ///< "Undo remove"; empty: nothing to undo
    [[nodiscard]] QString redoText() const;
    void undo();
    void redo();

    // What follows from it ------------------------------------------------------------------------------------------------
    /// One a namespace, in the order in which they were added. Always as many as selections; what is not computed yet is unknown in it.
    [[nodiscard]] const QList<PlanGroup>& groups() const { return m_groups; }
    [[nodiscard]] bool isComputing() const { return m_computing || m_debounce.isActive(); }
    [[nodiscard]] PlanSums sums() const;
    [[nodiscard]] PlanSums sums(const PlanGroup& group) const { return sumsOf(group.components, m_content.options.parallel); }
    [[nodiscard]] qint64 freeBytes() const { return m_freeBytes; }      ///< at the destination; negative: not known
    [[nodiscard]] bool folderExists() const { return m_folderExists; }  ///< the destination; its own default is made when needed
    [[nodiscard]] qsizetype steps() const;
    [[nodiscard]] bool changesCluster() const;
    /// Why it cannot be started now, as one sentence; empty when it can.
    [[nodiscard]] QString obstacle() const;
    /// What will run for these (redacted), and a line that says which part of the plan that is. None: everything, as a script.
    struct CommandText { QString part, text; };
    [[nodiscard]] CommandText commands(const QList<ComponentRef>& components) const;
    [[nodiscard]] QString script() const;
    [[nodiscard]] QList<BackupJob> jobs() const;
    void refresh();                                                      ///< sizes of the last bundles and free space once more

    // Saved plans ---------------------------------------------------------------------------------------------------------
    using Answer = std::function<void(const Result<void>&)>;
    [[nodiscard]] QString name() const { return m_name; }               ///< of the saved plan that this one was loaded from or saved as
    [[nodiscard]] bool isModified() const { return m_content != m_saved; }
    [[nodiscard]] const QList<planstore::Saved>& savedPlans() const { return m_savedPlans; }
    void refreshSaved();
    void save(const QString& name, bool overwrite, QObject* context, Answer answer);
    void load(const QString& name, QObject* context, Answer answer);
    void rename(const QString& name, QObject* context, Answer answer);   ///< the current one
    void removeSaved(const QString& name, QObject* context, Answer answer);
    /// What was on the page when the program ended: `name` of the saved plan that it came from, or empty.
    void restore(const QString& name, const PlanContent& content);
    void startNew();                                                     ///< an empty plan with the options of this one

    /// ~/Backups/3scale.
    static QString defaultFolder();

Q_SIGNALS:
    void contentChanged();                                               ///< components or options
    void groupsChanged();                                                ///< what follows from them
    void savedChanged();                                                 ///< name, saved plans

private:
    enum class Kind { Add, Remove };
    struct Change { Kind kind; QList<Selection> before, after; };

    void schedule();
    void compute();
    void apply(const QList<Selection>& selections);
    void record(Kind kind, const QList<Selection>& selections);
    void sketch();
    [[nodiscard]] GroupInput inputFor(const Selection& selection) const;
    [[nodiscard]] std::optional<Error> whyUnread(const NamespaceRef& where) const;
    [[nodiscard]] QString refusalOfOne(const ComponentRef& component) const;
    [[nodiscard]] QList<ComponentRef> expand(const QList<ComponentRef>& components) const;
    void storeChanged(Result<void> result, const Answer& answer);

    ClusterHub& m_hub;
    PlanContent m_content, m_saved;
    QString m_name;
    QList<Change> m_done, m_undone;
    QList<PlanGroup> m_groups;
    QHash<QString, LastBundle> m_last;                                   ///< by folder and namespace
    QList<planstore::Saved> m_savedPlans;
    qint64 m_freeBytes = -1;
    bool m_folderExists = true;
    QTimer m_debounce;
    bool m_computing = false, m_again = false;
};

} // namespace scalekeep::models
