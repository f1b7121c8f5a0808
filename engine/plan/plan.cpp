#include "engine/plan/plan.h"

#include "engine/base/digest.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>

namespace scalekeep::plan {

using namespace Qt::Literals::StringLiterals;

namespace {
QJsonObject stepToJson(const Step& step)
{
    return {{u"id"_s, step.id},
            {u"title"_s, step.title},
            {u"component"_s, step.component},
            {u"section"_s, step.section},
            {u"departure"_s, step.departure},
            {u"action"_s, step.action},
            {u"parameters"_s, step.parameters},
            {u"commands"_s, QJsonArray::fromStringList(step.commands)},
            {u"after"_s, QJsonArray::fromStringList(step.after)},
            {u"weight"_s, step.weight},
            {u"changes"_s, step.changes},
            {u"idempotent"_s, step.idempotent},
            {u"proves"_s, step.proves},
            {u"always"_s, step.always},
            {u"undo"_s, step.undo},
            {u"undoable"_s, step.undoable}};
}

QStringList strings(const QJsonValue& value)
{
    QStringList list;
    const QJsonArray array = value.toArray();
    for (const QJsonValue& item : array)
        list.append(item.toString());
    return list;
}

Step stepFromJson(const QJsonObject& json)
{
    return Step{.id = json[u"id"].toString(),
                .title = json[u"title"].toString(),
                .component = json[u"component"].toString(),
                .section = json[u"section"].toString(),
                .departure = json[u"departure"].toString(),
                .action = json[u"action"].toString(),
                .parameters = json[u"parameters"].toObject(),
                .commands = strings(json[u"commands"]),
                .after = strings(json[u"after"]),
                .weight = std::max<qint64>(0, json[u"weight"].toInteger(1)),
                .changes = json[u"changes"].toBool(),
                .idempotent = json[u"idempotent"].toBool(),
                .proves = json[u"proves"].toBool(),
                .always = json[u"always"].toBool(),
                .undo = json[u"undo"].toString(),
                .undoable = json[u"undoable"].toBool()};
}
} // namespace

namespace {
/// Text for a comment of a script: titles and warnings come from catalogues and bundles, and a line break in one would make a command of it.
QString commented(QString text)
{
    for (QChar& character : text) {
        if (character.category() == QChar::Other_Control || character.category() == QChar::Separator_Line || character.category() == QChar::Separator_Paragraph)
            character = u' ';
    }
    return text;
}
} // namespace

const Step* Plan::step(const QString& id) const
{
    for (const Stage& stage : stages) {
        for (const Step& candidate : stage.steps) {
            if (candidate.id == id)
                return &candidate;
        }
    }
    return nullptr;
}

QByteArray Plan::digest() const
{
    return Sha256::of(QJsonDocument(toJson(*this)).toJson(QJsonDocument::Compact));
}

QJsonObject toJson(const Plan& plan)
{
    QJsonArray stages;
    for (const Stage& stage : plan.stages) {
        QJsonArray steps;
        for (const Step& step : stage.steps)
            steps.append(stepToJson(step));
        stages.append(QJsonObject{{u"id"_s, stage.id}, {u"title"_s, stage.title}, {u"parallel"_s, stage.parallel}, {u"steps"_s, steps}});
    }
    return {{u"kind"_s, plan.kind},
            {u"cluster"_s, plan.cluster},
            {u"apiUrl"_s, plan.apiUrl},
            {u"namespace"_s, plan.namespaceName},
            {u"projectUid"_s, plan.projectUid},
            {u"bundle"_s, plan.bundle},
            {u"choices"_s, plan.choices},
            {u"warnings"_s, QJsonArray::fromStringList(plan.warnings)},
            {u"stages"_s, stages}};
}

Result<Plan> fromJson(const QJsonObject& json)
{
    Plan plan{.kind = json[u"kind"].toString(),
              .cluster = json[u"cluster"].toString(),
              .apiUrl = json[u"apiUrl"].toString(),
              .namespaceName = json[u"namespace"].toString(),
              .projectUid = json[u"projectUid"].toString(),
              .bundle = json[u"bundle"].toString(),
              .choices = json[u"choices"].toObject(),
              .warnings = strings(json[u"warnings"]),
              .stages = {}};
    QSet<QString> ids;
    const QJsonArray stages = json[u"stages"].toArray();
    for (const QJsonValue& stageValue : stages) {
        Stage stage{.id = stageValue[u"id"].toString(), .title = stageValue[u"title"].toString(), .parallel = std::clamp(stageValue[u"parallel"].toInt(1), 1, 64), .steps = {}};
        const QJsonArray steps = stageValue[u"steps"].toArray();
        for (const QJsonValue& stepValue : steps) {
            Step step = stepFromJson(stepValue.toObject());
            if (step.id.isEmpty() || step.action.isEmpty())
                return fail(ErrorCode::BadInput, u"The plan has a step without an id or an action."_s);
            for (const QString& before : step.after) {
                // Only steps that stand before it in the same stage: so a plan can never wait for itself.
                if (std::none_of(stage.steps.begin(), stage.steps.end(), [&before](const Step& other) { return other.id == before; }))
                    return fail(ErrorCode::BadInput, u"Step “%1” of the plan waits for “%2”, which is not before it in its stage."_s.arg(step.id, before));
            }
            if (ids.contains(step.id))
                return fail(ErrorCode::BadInput, u"The plan has two steps with the id “%1”."_s.arg(step.id));
            ids.insert(step.id);
            stage.steps.append(std::move(step));
        }
        plan.stages.append(std::move(stage));
    }
    if (ids.isEmpty())
        return fail(ErrorCode::BadInput, u"The plan has no steps."_s);
    return plan;
}

QString toShell(const Plan& plan)
{
    QString script = u"#!/bin/sh\n# %1 of %2/%3, as Scalekeep would do it (secret values left out).\nset -eu\n"_s.arg(
        plan.kind == u"backup" ? u"Backup"_s : u"Restore"_s, commented(plan.cluster), commented(plan.namespaceName));
    for (const QString& warning : plan.warnings)
        script += u"# Warning: %1\n"_s.arg(commented(warning));
    for (const Stage& stage : plan.stages) {
        script += u"\n# == %1\n"_s.arg(commented(stage.title));
        for (const Step& step : stage.steps) {
            script += u"# -- %1%2\n"_s.arg(commented(step.title), step.section.isEmpty() ? QString{} : u" (documentation section %1)"_s.arg(commented(step.section)));
            if (!step.departure.isEmpty())
                script += u"#    departs from the text: %1\n"_s.arg(commented(step.departure));
            for (const QString& command : step.commands)
                script += command + u'\n';
        }
    }
    return script;
}

} // namespace scalekeep::plan
