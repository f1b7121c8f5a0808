#include "models/backup/backupplan.h"

#include <algorithm>

// Saved plans: written, read and listed in the background; the plan on the page and its name.
namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

void BackupPlan::refreshSaved()
{
    workplace().inBackground(
        this, [folder = workplace().plansFolder()] { return planstore::list(folder); },
        [this](const QList<planstore::Saved>& plans) {
            if (m_savedPlans == plans)
                return;
            m_savedPlans = plans;
            Q_EMIT savedChanged();
        });
}

void BackupPlan::storeChanged(Result<void> result, const Answer& answer)
{
    if (result)
        refreshSaved();
    if (answer)
        answer(result);
}

void BackupPlan::save(const QString& name, bool overwrite, QObject* context, Answer answer)
{
    const PlanContent content = m_content;
    workplace().inBackground(
        context, [folder = workplace().plansFolder(), name, content, overwrite] { return planstore::save(folder, name, content, overwrite); },
        [this, name, content, answer = std::move(answer)](const Result<void>& result) {
            if (result) {
                m_name = name;
                m_saved = content;
                Q_EMIT savedChanged();
            }
            storeChanged(result, answer);
        });
}

void BackupPlan::load(const QString& name, QObject* context, Answer answer)
{
    workplace().inBackground(
        context, [folder = workplace().plansFolder(), name] { return planstore::load(folder, name); },
        [this, name, answer = std::move(answer)](const Result<PlanContent>& content) {
            if (!content) {
                if (answer)
                    answer(fail(content.error()));
                return;
            }
            m_name = name;
            m_content.options = content->options;
            if (m_content.options.folder.isEmpty())
                m_content.options.folder = defaultFolder();
            m_saved = {content->selections, m_content.options};
            m_freeBytes = -1;
            m_done.clear();
            m_undone.clear();
            m_groups.clear();
            apply(content->selections);
            Q_EMIT savedChanged();
            if (answer)
                answer({});
        });
}

void BackupPlan::rename(const QString& name, QObject* context, Answer answer)
{
    workplace().inBackground(
        context, [folder = workplace().plansFolder(), from = m_name, name] { return planstore::rename(folder, from, name); },
        [this, name, answer = std::move(answer)](const Result<void>& result) {
            if (result) {
                m_name = name;
                Q_EMIT savedChanged();
            }
            storeChanged(result, answer);
        });
}

void BackupPlan::removeSaved(const QString& name, QObject* context, Answer answer)
{
    workplace().inBackground(
        context, [folder = workplace().plansFolder(), name] { return planstore::remove(folder, name); },
        [this, name, answer = std::move(answer)](const Result<void>& result) {
            if (result && m_name == name) {
                m_name.clear();
                m_saved = {{}, m_content.options};
                Q_EMIT savedChanged();
            }
            storeChanged(result, answer);
        });
}

void BackupPlan::restore(const QString& name, const PlanContent& content)
{
    m_name = name;
    m_content.options = content.options;
    if (m_content.options.folder.isEmpty())
        m_content.options.folder = defaultFolder();
    m_saved = {{}, m_content.options};
    m_done.clear();
    m_undone.clear();
    m_groups.clear();
    apply(content.selections);
    Q_EMIT savedChanged();
    if (name.isEmpty())
        return;
    workplace().inBackground(
        this, [folder = workplace().plansFolder(), name] { return planstore::load(folder, name); },
        [this, name](const Result<PlanContent>& saved) {
            if (m_name != name)
                return;
            if (saved)
                m_saved = *saved;
            else
                m_name.clear();
            Q_EMIT savedChanged();
        });
}

void BackupPlan::startNew()
{
    m_name.clear();
    m_done.clear();
    m_undone.clear();
    m_saved = {{}, m_content.options};
    apply({});
    Q_EMIT savedChanged();
}

} // namespace scalekeep::models
