#include "engine/record/document.h"

#include <QLocale>

#include <algorithm>
#include <array>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestError = 1'500;

/// Foreign text as people see it: what would be invisible, move the text or end a line is replaced.
QString visible(const QString& text)
{
    QString shown;
    shown.reserve(text.size());
    for (const QChar character : text) {
        const auto category = character.category();
        const bool kept = character == u'\n' || (category != QChar::Other_Control && category != QChar::Other_Format && category != QChar::Separator_Line && category != QChar::Separator_Paragraph);
        shown += character == u'\t' ? QChar(u' ') : kept ? character : QChar(QChar::ReplacementCharacter);
    }
    return shown;
}

Cell cell(const QString& text, Mark mark = Mark::None)
{
    return {visible(text), mark, false};
}

Cell code(const QString& text)
{
    return {visible(text), Mark::None, true};
}

QString count(qint64 number)
{
    return QLocale(QLocale::English, QLocale::UnitedStates).toString(number);
}

QString moment(const QDateTime& time)
{
    return time.isValid() ? QLocale::c().toString(time.toUTC(), u"d MMM yyyy, HH:mm:ss"_s) + u" UTC"_s : QString{};
}

QString clock(const QDateTime& time)
{
    return time.isValid() ? time.toUTC().toString(u"HH:mm:ss"_s) : QString{};
}

QString lasted(qint64 milliseconds)
{
    const qint64 seconds = (milliseconds + 500) / 1000;
    if (seconds < 60)
        return u"%1 s"_s.arg(seconds);
    if (seconds < 3600)
        return u"%1 min %2 s"_s.arg(seconds / 60).arg(seconds % 60);
    return u"%1 h %2 min"_s.arg(seconds / 3600).arg(seconds % 3600 / 60);
}

/// In a column: 4:36, or 0.34 s where it was quick.
QString brief(qint64 milliseconds)
{
    if (milliseconds < 0)
        return {};
    if (milliseconds < 10'000)
        return QString::number(double(milliseconds) / 1000, 'f', 2) + u" s"_s;
    const qint64 seconds = milliseconds / 1000;
    if (seconds < 3600)
        return u"%1:%2"_s.arg(seconds / 60).arg(seconds % 60, 2, 10, QChar(u'0'));
    return u"%1:%2:%3"_s.arg(seconds / 3600).arg(seconds % 3600 / 60, 2, 10, QChar(u'0')).arg(seconds % 60, 2, 10, QChar(u'0'));
}

QString size(qint64 bytes)
{
    static constexpr std::array units{"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit)
        value /= 1024;
    return u"%1 %2"_s.arg(value, 0, 'f', unit > 0 && value < 10 ? 1 : 0).arg(QLatin1String(units[unit]));
}

QString plural(qint64 number, const QString& one, const QString& many)
{
    return number == 1 ? u"1 "_s + one : u"%1 %2"_s.arg(number).arg(many);
}

void add(Facts& facts, const QString& name, const Cell& value)
{
    if (!value.text.isEmpty())
        facts.facts.append({name, value});
}

Section section(const QString& title, const QString& note = {})
{
    return {.title = title, .note = note, .blocks = {}};
}

void addOutcome(Document& document, const Record& record)
{
    const bool backup = record.kind == u"backup";
    const auto proven = std::count_if(record.counts.begin(), record.counts.end(), [](const CountFact& each) { return each.state == u"proven"; });
    if (record.state == u"done" && !backup && proven < record.counts.size()) {
        document.mark = Mark::Warning;
        document.outcome = u"Finished, but not everything is proven equal to the bundle."_s;
    } else if (record.state == u"done") {
        document.mark = Mark::Good;
        document.outcome = backup ? u"Successful. The bundle is complete and proven."_s : u"Successful. The restored data is equal to the bundle."_s;
    } else if (record.state == u"failed-unchanged") {
        document.mark = Mark::Bad;
        document.outcome = u"Unsuccessful. Nothing was changed in the namespace."_s;
    } else if (record.state == u"failed-undone") {
        document.mark = Mark::Undone;
        document.outcome = u"Unsuccessful, and undone. Every change was taken back."_s;
    } else if (record.state == u"needs-attention") {
        document.mark = Mark::Bad;
        document.outcome = u"Not finished. Changes are left in the namespace, and its lock is kept."_s;
    } else {
        document.mark = Mark::Bad;
        document.outcome = u"Interrupted. The run has no end: resume it or undo it."_s;
    }
    int steps = 0, done = 0, undone = 0;
    for (const StageFact& stage : record.stages) {
        steps += stage.steps;
        done += stage.done;
        undone += stage.undone;
    }
    QStringList details{u"%1 of %2 proven"_s.arg(proven).arg(plural(record.counts.size(), u"component"_s, u"components"_s)), u"%1 of %2 done"_s.arg(done).arg(plural(steps, u"step"_s, u"steps"_s))};
    const bool anyUndo = std::any_of(record.activities.begin(), record.activities.end(), [](const Activity& each) { return each.kind == u"undo"; });
    details.append(undone > 0 ? u"%1 undone"_s.arg(plural(undone, u"step"_s, u"steps"_s)) : anyUndo ? u"earlier attempts were undone"_s : u"no undo was needed"_s);
    if (record.error && record.state != u"done")
        details.last() = visible(record.error->message.left(300));
    document.details = details.join(u"; "_s) + (details.last().endsWith(u'.') ? QString{} : u"."_s);
    document.duration = lasted(record.started.msecsTo(record.ended));
    if (record.stoppedMilliseconds > 0)
        document.service = (backup ? u"of them %1 with stopped writers%2"_s : u"of them %1 without service%2"_s).arg(lasted(record.stoppedMilliseconds), record.stillStopped ? u", which goes on"_s : QString{});
}

Section changeSection(const Record& record)
{
    Section made = section(u"Change"_s);
    Facts facts;
    int before = 0, afterwards = 0;
    for (const FieldText& each : record.change) {
        const ChangeField* field = changeField(each.field);
        const QString title = field ? QString(QLatin1String(field->title)) : each.field;
        ++(each.afterwards() ? afterwards : before);
        add(facts, title + (each.afterwards() ? u" ¹"_s : QString{}), cell(each.text));
    }
    if (std::none_of(record.change.begin(), record.change.end(), [](const FieldText& each) { return each.field == u"close_code"; }))
        add(facts, u"Close code"_s, cell(record.state == u"done" ? u"Successful (by the run's own outcome)"_s : record.state == u"interrupted" ? QString{} : u"Unsuccessful (by the run's own outcome)"_s));
    made.note = before > 0 && afterwards > 0 ? u"Entered before the run, except ¹ entered afterwards"_s
              : before > 0 ? u"Entered before the run"_s
              : afterwards > 0 ? u"¹ Entered after the run had begun"_s
                               : u"Nothing was entered"_s;
    if (!facts.facts.isEmpty())
        made.blocks.append(facts);
    QStringList who;
    for (const FieldText& each : record.change) {
        if (each.afterwards())
            who.append(u"¹ %1: entered %2 by %3"_s.arg(QLatin1String(changeField(each.field)->title), moment(each.at), each.by));
    }
    if (!who.isEmpty())
        made.blocks.append(cell(who.join(u'\n')));
    return made;
}

Section whereSection(const Record& record)
{
    Section made = section(u"Who, where, when"_s);
    const Pass first = record.passes.value(0);
    Facts facts{.facts = {}, .twoColumns = true};
    facts.facts = {{u"Cluster"_s, cell(record.cluster + (record.serverVersion.isEmpty() ? QString{} : u", "_s + record.serverVersion))},
                   {u"API"_s, cell(record.apiUrl)},
                   {u"Namespace"_s, cell(record.namespaceName)},
                   {u"Installation"_s, cell(u"3scale %1, %2"_s.arg(record.threescaleVersion.isEmpty() ? u"of a version that is not known"_s : record.threescaleVersion,
                                                                record.flavour.isEmpty() ? u"way of installation not known"_s : record.flavour))},
                   {u"Operator"_s, cell(u"%1 (oc whoami)"_s.arg(first.operatorIdentity))},
                   {u"Local user"_s, cell(u"%1 on %2"_s.arg(first.localUser, first.host))},
                   {u"Started"_s, cell(moment(record.started))},
                   {u"Ended"_s, cell(moment(record.ended))}};
    made.blocks.append(facts);
    Facts more;
    for (const Pass& pass : record.passes.mid(1))
        add(more, pass.mode == u"undo" ? u"Undo"_s : u"Resumed"_s, cell(u"%1, by %2 (oc whoami), %3 on %4%5"_s.arg(moment(pass.at), pass.operatorIdentity, pass.localUser, pass.host, pass.repaired ? u"; the journal's last line was not whole and was left out"_s : QString{})));
    for (const BundleFact& bundle : record.bundles) {
        const QString name = bundle.role == u"safety" ? u"Safety bundle"_s : u"Bundle"_s;
        QStringList about;
        if (bundle.role == u"restored")
            about.append(u"of %1 / %2, %3"_s.arg(bundle.cluster, bundle.namespaceName, bundle.taken.isValid() ? moment(bundle.taken) : u"unknown time"_s));
        if (bundle.bytes >= 0)
            about.append(size(bundle.bytes));
        if (bundle.completeness >= 0 && bundle.role != u"safety") // of what it overwrites a safety bundle has all
            about.append(u"completeness %1 of 100"_s.arg(bundle.completeness));
        if (bundle.digest.isEmpty())
            about.append(bundle.role == u"restored" ? u"digest not known"_s : u"not finished"_s);
        add(more, name, cell(u"%1%2"_s.arg(bundle.path, about.isEmpty() ? QString{} : u" ("_s + about.join(u", "_s) + u')')));
        if (!bundle.digest.isEmpty())
            add(more, name + u" SHA-256"_s, code(bundle.digest));
    }
    if (!record.stopped.isEmpty())
        add(more, u"Stopped"_s, cell(record.stopped.join(u", "_s)));
    made.blocks.append(more);
    return made;
}

Section countsSection(const Record& record)
{
    const bool backup = record.kind == u"backup";
    Section made = section(backup ? u"What the bundle holds"_s : u"Before and after"_s);
    Table table;
    if (backup)
        table.columns = {{u"Component"_s, 34}, {u"In the bundle"_s, 18, true}, {u"Proof"_s, 48}};
    else
        table.columns = {{u"Component"_s, 26}, {u"Before"_s, 12, true}, {u"Bundle"_s, 12, true}, {u"After"_s, 12, true}, {u"Proof"_s, 38}};
    for (const CountFact& each : record.counts) {
        const auto number = [](qint64 value, const QString& otherwise) { return cell(value >= 0 ? count(value) : otherwise); };
        const Mark mark = each.state == u"proven" ? Mark::Good : each.state == u"failed" ? Mark::Bad : each.state == u"undone" ? Mark::Undone : each.state == u"written" ? Mark::Warning : Mark::Skipped;
        Row row{.cells = {cell(each.unit.isEmpty() ? each.component : u"%1, %2"_s.arg(each.component, each.unit))}};
        if (!backup)
            row.cells.append(number(each.before, each.beforeNote.isEmpty() ? u"–"_s : each.beforeNote));
        row.cells.append(number(each.bundle, u"–"_s));
        if (!backup)
            row.cells.append(number(each.after, u"–"_s));
        row.cells.append(cell(each.proof, mark));
        table.rows.append(row);
    }
    if (!table.rows.isEmpty())
        made.blocks.append(table);
    if (!backup && !table.rows.isEmpty())
        made.blocks.append(cell(u"Before: as the safety bundle holds it, read when the writers had stopped, or where it does not, as counted before the run. After: as read back from the stores while the writers were still stopped."_s));
    return made;
}

Section stagesSection(const Record& record)
{
    Section made = section(u"Stages"_s, u"Every command with exit code and duration: section “Steps and commands”"_s);
    Table table{.columns = {{u"Stage"_s, 32}, {u"Steps"_s, 8, true}, {u"Started (UTC)"_s, 14}, {u"Duration"_s, 10, true}, {u"Documentation"_s, 13}, {u"Result"_s, 23}}, .rows = {}};
    if (!record.checks.isEmpty()) {
        const auto of = [&record](run::Check::State state) { return std::count_if(record.checks.begin(), record.checks.end(), [state](const run::Check& each) { return each.state == state; }); };
        const auto warnings = of(run::Check::State::Warning), failed = of(run::Check::State::Failed);
        QString text = u"%1 passed"_s.arg(of(run::Check::State::Passed));
        if (warnings > 0)
            text += u", "_s + plural(warnings, u"warning"_s, u"warnings"_s);
        if (failed > 0)
            text += u", %1 failed"_s.arg(failed);
        table.rows.append(Row{.cells = {cell(u"Checks before the run"_s), cell(count(record.checks.size())), cell({}), cell({}), cell(u"none"_s), cell(text, failed > 0 ? Mark::Bad : warnings > 0 ? Mark::Warning : Mark::Good)}});
    }
    for (const StageFact& stage : record.stages) {
        QStringList said;
        if (stage.done > 0)
            said.append(u"%1 done"_s.arg(stage.done));
        if (stage.failed > 0)
            said.append(u"%1 failed"_s.arg(stage.failed));
        if (stage.undone > 0)
            said.append(u"%1 undone"_s.arg(stage.undone));
        if (stage.never > 0)
            said.append(u"%1 not begun"_s.arg(stage.never));
        QString text = stage.done == stage.steps ? (stage.proven ? u"done, proven"_s : u"done"_s) : stage.never == stage.steps ? u"not begun"_s : said.join(u", "_s);
        const Mark mark = stage.failed > 0 ? Mark::Bad : stage.undone > 0 ? Mark::Undone : stage.done == stage.steps ? Mark::Good : Mark::Skipped;
        table.rows.append(Row{.cells = {cell(stage.title), cell(count(stage.steps)), cell(clock(stage.started)), cell(brief(stage.milliseconds)), cell(stage.sections.isEmpty() ? u"none"_s : stage.sections.join(u", "_s)), cell(text, mark)}});
    }
    made.blocks.append(table);
    return made;
}

Section departuresSection(const Record& record)
{
    Section made = section(u"Departures from the documented procedure"_s);
    Table table{.columns = {{u"Section"_s, 10}, {u"Step"_s, 36}, {u"What is done instead, and why"_s, 54}}, .rows = {}};
    for (const Departure& each : record.departures)
        table.rows.append(Row{.cells = {cell(each.section.isEmpty() ? u"none"_s : each.section), cell(each.step), cell(each.reason)}});
    if (table.rows.isEmpty())
        made.blocks.append(cell(u"None of the steps that were run."_s));
    else
        made.blocks.append(table);
    return made;
}

Section proofSection(const Record& record, const ProofTexts& proof)
{
    Section made = section(u"Proof"_s);
    Facts facts;
    add(facts, u"Journal"_s, cell(u"%1, each with the SHA-256 of the one before"_s.arg(plural(record.lines, u"line"_s, u"lines"_s))));
    add(facts, u"Chain head"_s, code(QString::fromLatin1(record.head)));
    add(facts, u"Seal"_s, code(proof.seal));
    add(facts, u"Signature"_s, cell(proof.signature.isEmpty() ? u"none"_s : proof.signature));
    add(facts, u"Time stamp"_s, cell(proof.timeStamp.isEmpty() ? u"none"_s : proof.timeStamp));
    QStringList searched;
    for (const Searched& each : record.searched)
        searched.append(each.atHand ? u"no secret value of “%1” is in this record"_s.arg(each.path) : u"“%1” was not at hand, so this record was not searched for its secret values"_s.arg(each.path));
    add(facts, u"Secrets"_s, cell(searched.join(u";\n"_s)));
    add(facts, u"To check"_s, code(u"scalekeep-cli verify-record RECORD.json"_s));
    made.blocks.append(facts);
    QString worth = u"Whoever can write the journal's file can also make another whole chain. "_s;
    if (proof.signature.isEmpty() && proof.timeStamp.isEmpty())
        worth += u"Without a signature or a time stamp the chain finds changes only against a copy of the chain head that is kept elsewhere, such as in the change itself."_s;
    else if (proof.timeStamp.isEmpty())
        worth += u"The signature shows that the holder of the key vouched for exactly this record, not when."_s;
    else if (proof.signature.isEmpty())
        worth += u"The time stamp shows that exactly this record existed at that time, not who made it."_s;
    else
        worth += u"The signature shows who vouched for exactly this record, the time stamp that it existed at that time."_s;
    made.blocks.append(cell(worth));
    return made;
}

Section checksSection(const Record& record)
{
    Section made = section(u"Checks before the run"_s);
    Table table{.columns = {{u"Check"_s, 26}, {u"Result"_s, 13}, {u"What was seen"_s, 61}}, .rows = {}};
    for (const run::Check& check : record.checks) {
        const bool passed = check.state == run::Check::State::Passed, warning = check.state == run::Check::State::Warning;
        table.rows.append(Row{.cells = {cell(check.title), cell(passed ? u"passed"_s : warning ? u"warning"_s : u"failed"_s, passed ? Mark::Good : warning ? Mark::Warning : Mark::Bad),
                                        cell(check.remedy.isEmpty() || passed ? check.evidence : check.evidence + u'\n' + check.remedy)}});
    }
    if (table.rows.isEmpty())
        made.blocks.append(cell(u"The journal holds none: it was written by an earlier version."_s));
    else
        made.blocks.append(table);
    return made;
}

Section choicesSection(const Record& record)
{
    Section made = section(u"Choices, content and warnings"_s);
    made.blocks.append(cell(record.choices.join(u'\n')));
    for (const BundleFact& bundle : record.bundles) {
        Table table{.columns = {{bundle.role == u"safety" ? u"The safety bundle holds"_s : u"The bundle holds"_s, 100}}, .rows = {}};
        for (const QString& content : bundle.contents)
            table.rows.append(Row{.cells = {cell(content)}});
        if (!table.rows.isEmpty())
            made.blocks.append(table);
    }
    Table table{.columns = {{u"Warnings"_s, 100}}, .rows = {}};
    for (const QString& warning : record.warnings)
        table.rows.append(Row{.cells = {cell(warning, Mark::Warning)}});
    if (table.rows.isEmpty())
        made.blocks.append(cell(u"There were no warnings."_s));
    else
        made.blocks.append(table);
    return made;
}

void addError(Section& made, const QString& title, const Error& error)
{
    Facts facts;
    add(facts, title, cell(error.message, Mark::Bad));
    add(facts, u"What it means"_s, cell(error.hint));
    add(facts, u"In its own words"_s, code(error.detail.left(longestError)));
    made.blocks.append(facts);
}

Section troubleSection(const Record& record)
{
    Section made = section(u"Failure, undo and interruptions"_s);
    if (record.error)
        addError(made, u"Error"_s, *record.error);
    for (const Error& error : record.undoErrors)
        addError(made, u"Error of the undo"_s, error);
    Table undone{.columns = {{u"Taken back"_s, 40}, {u"Started (UTC)"_s, 14}, {u"Duration"_s, 10, true}, {u"Result"_s, 36}}, .rows = {}};
    for (const Activity& each : record.activities) {
        if (each.kind == u"undo")
            undone.rows.append(Row{.cells = {cell(each.title), cell(clock(each.started)), cell(brief(each.milliseconds)), cell(each.state == u"done" ? u"undone: "_s + each.result : each.result.isEmpty() ? each.state : each.result, each.state == u"done" ? Mark::Undone : Mark::Bad)}});
    }
    if (!undone.rows.isEmpty())
        made.blocks.append(undone);
    Table interruptions{.columns = {{u"Interruptions"_s, 100}}, .rows = {}};
    for (const QString& each : record.interruptions)
        interruptions.rows.append(Row{.cells = {cell(each)}});
    if (!interruptions.rows.isEmpty())
        made.blocks.append(interruptions);
    return made;
}

/// One row for the same command asked again and again while it is waited for something.
void addCommands(Table& table, const Activity& activity)
{
    for (qsizetype first = 0; first < activity.commands.size();) {
        const CommandFact& command = activity.commands[first];
        qsizetype last = first;
        qint64 milliseconds = command.milliseconds;
        const auto same = [&command](const CommandFact& other) { return other.command == command.command && other.ended == command.ended && other.exitCode == command.exitCode && other.errorText == command.errorText; };
        while (last + 1 < activity.commands.size() && same(activity.commands[last + 1]))
            milliseconds += activity.commands[++last].milliseconds;
        const qsizetype times = last - first + 1;
        QString text = command.command;
        if (const QString error = command.errorText.trimmed(); !error.isEmpty() && command.exitCode != 0)
            text += u'\n' + error.left(longestError);
        table.rows.append(Row{.cells = {cell(count(command.line) + (times > 1 ? u"–"_s + count(activity.commands[last].line) : QString{})), code(text),
                                        cell(command.ended ? QString::number(command.exitCode) + (times > 1 ? u" (%1×)"_s.arg(times) : QString{}) : u"no end"_s), cell(command.ended ? brief(milliseconds) : QString{})}});
        first = last + 1;
    }
}

Section stepsSection(const Record& record)
{
    Section made = section(u"Steps and commands"_s, u"Secret values are blotted out; line: of the journal"_s);
    Table table{.columns = {{u"Line"_s, 10}, {u"Step, and each of its commands"_s, 68}, {u"Exit"_s, 11, true}, {u"Duration"_s, 11, true}}, .rows = {}};
    for (const Activity& each : record.activities) {
        const Mark mark = each.state == u"failed" || each.state == u"interrupted" ? Mark::Bad : each.kind == u"undo" ? Mark::Undone : Mark::Good;
        const QString what = each.kind == u"undo" ? u"Undo: "_s : each.kind == u"cleanup" ? u"Tidied up: "_s : each.kind == u"check" ? u"Looked at: "_s : QString{};
        QStringList about{clock(each.started)};
        if (!each.section.isEmpty())
            about.append(u"documentation %1"_s.arg(each.section));
        about.append(each.state);
        if (!each.result.isEmpty() && each.kind != u"undo")
            about.append(each.result);
        table.rows.append(Row{.cells = {cell(count(each.line)), cell(what + each.title + u'\n' + about.join(u" · "_s), mark), cell({}), cell(brief(each.milliseconds))}, .heading = true});
        addCommands(table, each);
    }
    if (table.rows.isEmpty())
        made.blocks.append(cell(u"No step had begun."_s));
    else
        made.blocks.append(table);
    return made;
}
} // namespace

QString markName(Mark mark)
{
    switch (mark) {
    case Mark::None: return {};
    case Mark::Good: return u"good"_s;
    case Mark::Warning: return u"warning"_s;
    case Mark::Bad: return u"failed"_s;
    case Mark::Undone: return u"undone"_s;
    case Mark::Skipped: return u"left out"_s;
    }
    return {};
}

Document makeDocument(const Record& record, const ProofTexts& proof)
{
    Document made{.kind = u"Change record"_s,
                  .title = visible(u"%1 of %2 / %3"_s.arg(record.kind == u"backup" ? u"Backup"_s : record.kind == u"restore" ? u"Restore"_s : u"Run"_s, record.cluster, record.namespaceName)),
                  .change = visible(record.text(u"number"_s)).replace(u'\n', u' '),
                  .runId = visible(record.runId),
                  .outcome = {},
                  .details = {},
                  .duration = {},
                  .service = {},
                  .sections = {},
                  .footer = u"Made by Scalekeep " SCALEKEEP_VERSION ". Secret values are never part of this record."_s};
    addOutcome(made, record);
    made.sections = {changeSection(record), whereSection(record), countsSection(record), stagesSection(record), departuresSection(record), proofSection(record, proof), checksSection(record), choicesSection(record)};
    if (const Section trouble = troubleSection(record); !trouble.blocks.isEmpty())
        made.sections.append(trouble);
    made.sections.append(stepsSection(record));
    return made;
}

QString plainText(const Document& document)
{
    QStringList lines{document.kind, document.title, document.change, document.runId, document.outcome, document.details, document.duration, document.service};
    for (const Section& section : document.sections) {
        lines += {section.title, section.note};
        for (const auto& block : section.blocks) {
            if (const auto* facts = std::get_if<Facts>(&block)) {
                for (const Fact& fact : facts->facts)
                    lines += {fact.name, fact.value.text};
            } else if (const auto* table = std::get_if<Table>(&block)) {
                for (const Column& column : table->columns)
                    lines.append(column.title);
                for (const Row& row : table->rows) {
                    for (const Cell& each : row.cells)
                        lines.append(each.text);
                }
            } else {
                lines.append(std::get<Cell>(block).text);
            }
        }
    }
    lines.append(document.footer);
    return lines.join(u'\n');
}

} // namespace scalekeep::record
