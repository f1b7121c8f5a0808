#include "models/restore/restoretext.h"

#include <QCoreApplication>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::RestoreText)
};
} // namespace

QString planAsText(const plan::Plan& plan)
{
    QString text;
    for (const QString& warning : plan.warnings)
        text += Texts::tr("# Note: %1").arg(warning) + u'\n';
    int number = 0;
    for (const plan::Stage& stage : plan.stages) {
        text += (text.isEmpty() ? QString{} : u"\n"_s) + u"# == "_s + stage.title + (stage.parallel > 1 ? Texts::tr(" (up to %1 at once)").arg(stage.parallel) : QString{}) + u'\n';
        for (const plan::Step& step : stage.steps) {
            text += u"# %1. %2%3\n"_s.arg(++number).arg(step.title, step.section.isEmpty() ? QString{} : Texts::tr(" [section %1]").arg(step.section));
            if (!step.departure.isEmpty())
                text += Texts::tr("#    departs from the text: %1").arg(step.departure) + u'\n';
            for (const QString& command : step.commands)
                text += command + u'\n';
        }
    }
    return text;
}

QString backOutAsText(const plan::Plan& plan)
{
    QString text = Texts::tr("# If a step fails, what was changed since the last proven point is taken back in reverse order.") + u'\n';
    int number = 0;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            ++number;
            if (!step.changes)
                continue;
            text += u"\n# %1. %2\n"_s.arg(number).arg(step.title);
            text += (step.undo.isEmpty() ? Texts::tr("There is no undo.") : step.undo) + u'\n';
        }
    }
    return text;
}

} // namespace scalekeep::models
