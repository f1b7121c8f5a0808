#include "app/cli/target.h"

#include "engine/base/files.h"
#include "engine/compare/export.h"
#include "engine/compare/live.h"
#include "engine/run/redaction.h"
#include "engine/store/objects.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include <unistd.h>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
void declare(Arguments& arguments)
{
    arguments.positional(u"A"_s, u"The base: a bundle, or CLUSTER/NAMESPACE as it is now."_s);
    arguments.positional(u"B"_s, u"What is compared with it: a bundle, or CLUSTER/NAMESPACE."_s);
    arguments.option(u"component"_s, u"Only this component; may be given several times."_s, u"ID"_s);
    arguments.option(u"all"_s, u"Show what is equal as well, and what the noise rules pass over."_s);
    arguments.option(u"rules"_s, u"Noise rules to use instead of those that are kept by the window, or the built-in ones where none are; --rules-to writes such a file."_s, u"FILE"_s);
    arguments.option(u"rules-to"_s, u"Write the noise rules that were used into this file, to be edited."_s, u"FILE"_s);
    arguments.option(u"rows"_s, u"Show which rows of this table differ, by primary key; may be given several times."_s, u"TABLE"_s);
    arguments.option(u"detail"_s, u"Show what differs in this part: rows, keys, lines. The path as the comparison prints it; may be given several times."_s, u"PATH"_s);
    arguments.option(u"html"_s, u"Write the comparison as one HTML file."_s, u"FILE"_s);
    arguments.option(u"json-file"_s, u"Write the comparison as JSON."_s, u"FILE"_s);
}

/// One side: what it holds, and where its data can be read again.
struct Side {
    std::unique_ptr<bundle::Reader> reader;
    std::optional<Target> target;
    std::optional<catalog::Detection> detection;
    std::unique_ptr<compare::Source> source;
    compare::Content content;
};

Result<void> openBundle(Program& program, const QString& path, const QStringList& components, Side& side)
{
    auto reader = bundle::Reader::open(path);
    if (!reader)
        return fail(reader.error());
    side.reader = std::move(*reader);
    // Values of its Secrets may stand in rows and files as well: nothing of them is to be printed.
    const auto secrets = store::objects::savedObjects(*side.reader, u"secrets"_s);
    if (!secrets)
        return fail(secrets.error());
    run::learnSecrets(program.redactor, *secrets);
    auto content = compare::contentOf(*side.reader, components);
    if (!content)
        return fail(content.error());
    side.content = std::move(*content);
    side.source = std::make_unique<compare::BundleSource>(*side.reader);
    return {};
}

Result<void> openNamespace(Program& program, const QString& text, const QStringList& components, Side& side)
{
    auto target = openTarget(program, text);
    if (!target)
        return fail(target.error());
    side.target = std::move(*target);
    auto detection = catalog::detect(side.target->inventory, catalogueFolder(program));
    if (!detection)
        return fail(detection.error());
    side.detection = std::move(*detection);
    run::learnSecrets(program.redactor, side.target->client);
    auto live = std::make_unique<compare::LiveNamespace>(side.target->client, *side.detection, side.target->inventory, program.redactor, side.target->cluster);
    auto content = live->content(components, [&program](const QString& component, qint64 bytes) { program.console.status(u"reading %1 (%2)"_s.arg(component, size(bytes))); }, program.stop);
    if (!content)
        return fail(content.error());
    side.content = std::move(*content);
    side.source = std::move(live);
    return {};
}

Result<void> open(Program& program, const QString& text, const QStringList& components, Side& side)
{
    // A file goes first: its path may look like a target.
    if (QFileInfo::exists(text) || text.endsWith(u".tar"_s))
        return openBundle(program, text, components, side);
    return openNamespace(program, text, components, side);
}

/// What the window keeps is used here too, so that both call the same things noise.
Result<compare::Rules> rulesFrom(const Program& program, const QString& path)
{
    const QString kept = compare::Rules::path(program.home);
    if (path.isEmpty())
        return QFileInfo::exists(kept) ? compare::Rules::read(kept) : compare::Rules::standard();
    return compare::Rules::read(path);
}

QString glyph(const compare::Node& node)
{
    switch (node.state) {
    case compare::State::Added: return u"+"_s;
    case compare::State::Removed: return u"-"_s;
    case compare::State::Changed: return u"~"_s;
    case compare::State::NotCompared: return u"?"_s;
    case compare::State::Equal: break;
    }
    return u"="_s;
}

QString inWords(const compare::Counts& counts)
{
    QStringList parts;
    for (const auto& [count, word] : {std::pair{counts.added, u"added"_s}, std::pair{counts.removed, u"removed"_s}, std::pair{counts.changed, u"changed"_s}}) {
        if (count > 0)
            parts.append(u"%1 %2"_s.arg(count).arg(word));
    }
    return (counts.exact || parts.isEmpty() ? QString() : u"at least "_s) + parts.join(u", "_s);
}

void printNode(Console& console, const compare::Node& node, bool all, int depth)
{
    for (const compare::Node& child : node.children) {
        const bool differs = child.state != compare::State::Equal;
        if (!all && (!differs || child.noise))
            continue;
        QString line = u"%1%2 "_s.arg(QString(depth * 2, u' '), glyph(child)) + child.path;
        if (child.noise)
            line += u"  (noise)"_s;
        else if (child.counts.sum() > 0)
            line += u"  "_s + inWords(child.counts);
        if (!child.notes.isEmpty())
            line += u": "_s + child.notes.join(u"; "_s);
        console.line(line);
        if (child.children.empty() && differs) {
            console.object({{u"type"_s, u"difference"_s}, {u"path"_s, child.path}, {u"component"_s, child.component}, {u"kind"_s, kindName(child.kind)}, {u"of"_s, child.type}, {u"name"_s, child.name},
                            {u"state"_s, stateName(child.state)}, {u"noise"_s, child.noise}, {u"added"_s, child.counts.added}, {u"removed"_s, child.counts.removed}, {u"changed"_s, child.counts.changed},
                            {u"exact"_s, child.counts.exact}, {u"renamedFrom"_s, child.renamedFrom}, {u"notes"_s, QJsonArray::fromStringList(child.notes)}});
        }
        printNode(console, child, all, depth + 1);
    }
}

QString cellsText(const QList<compare::Cell>& cells)
{
    QStringList texts;
    for (const compare::Cell& cell : cells)
        texts.append((cell.changed ? u"*"_s : QString()) + (cell.null ? u"NULL"_s : cell.text).simplified());
    return texts.join(u" | "_s);
}

void printDetail(Console& console, const compare::Node& node, const compare::Detail& detail)
{
    QJsonObject json = toJson(detail);
    json.insert(u"type"_s, u"detail"_s);
    json.insert(u"path"_s, node.path);
    console.object(json);
    const bool rows = detail.kind == compare::Node::Detail::Rows || detail.kind == compare::Node::Detail::Keys;
    console.line(u"\n%1  %2"_s.arg(node.path, inWords(rows ? detail.rows.counts : detail.text.counts)));
    for (const QString& note : rows ? detail.rows.notes : detail.text.notes)
        console.line(u"  note: %1"_s.arg(note));
    if (rows) {
        console.line(u"      %1"_s.arg(detail.rows.columns.join(u" | "_s)));
        for (const compare::RowPair& pair : detail.rows.rows) {
            if (!pair.a.isEmpty())
                console.line(u"  A %1 %2"_s.arg(pair.b.isEmpty() ? u"-"_s : u"~"_s, cellsText(pair.a)));
            if (!pair.b.isEmpty())
                console.line(u"  B %1 %2"_s.arg(pair.a.isEmpty() ? u"+"_s : u"~"_s, cellsText(pair.b)));
        }
        if (!detail.rows.isWhole)
            console.line(u"  … the first %1 are shown"_s.arg(detail.rows.rows.size()));
    }
    for (const compare::Hunk& hunk : detail.text.hunks) {
        console.line(u"  @@"_s);
        for (const compare::LinePair& line : hunk.lines) {
            if (line.state == compare::State::Equal)
                console.line(u"    %1"_s.arg(line.a));
            else if (line.numberA > 0)
                console.line(u"  - %1"_s.arg(line.a));
            if (line.state != compare::State::Equal && line.numberB > 0)
                console.line(u"  + %1"_s.arg(line.b));
        }
    }
    for (const compare::SecretDetail::Key& key : detail.secret.keys) {
        if (key.state != compare::State::Equal)
            console.line(u"  %1: %2"_s.arg(key.name, stateName(key.state)));
    }
}

/// The nodes that --rows and --detail name.
Result<QList<const compare::Node*>> wanted(const compare::Comparison& comparison, const Arguments& arguments)
{
    QList<const compare::Node*> nodes;
    for (const QString& path : arguments.values(u"detail"_s)) {
        const compare::Node* node = comparison.find(path);
        if (!node)
            return fail(ErrorCode::Usage, u"There is no “%1” in the comparison."_s.arg(path), u"Give a path as the comparison prints it; --all prints all of them."_s);
        nodes.append(node);
    }
    for (const QString& table : arguments.values(u"rows"_s)) {
        const qsizetype before = nodes.size();
        for (const compare::Node& component : comparison.root->children) {
            for (const compare::Node& node : component.children) {
                if (node.kind == compare::Node::Kind::Table && (node.name == table || node.name.endsWith(u'.' + table) || node.path == table))
                    nodes.append(&node);
            }
        }
        if (nodes.size() == before)
            return fail(ErrorCode::Usage, u"Neither side has a table “%1”."_s.arg(table));
    }
    return nodes;
}

Result<void> writeFiles(const Arguments& arguments, const compare::Comparison& comparison, const compare::ExportOptions& options, Console& console)
{
    const auto write = [&](const QString& option, const QByteArray& text) -> Result<void> {
        const QString path = arguments.value(option);
        if (auto written = writePrivateFile(path, text); !written)
            return written;
        console.object({{u"type"_s, u"file"_s}, {u"path"_s, path}});
        console.line(u"Written: %1"_s.arg(path));
        return {};
    };
    auto done = Result<void>();
    if (arguments.isSet(u"html"_s))
        done = write(u"html"_s, toHtml(comparison, options));
    if (done && arguments.isSet(u"json-file"_s))
        done = write(u"json-file"_s, QJsonDocument(toJson(comparison, options)).toJson());
    if (done && arguments.isSet(u"rules-to"_s))
        done = write(u"rules-to"_s, QJsonDocument(comparison.rules.toJson()).toJson());
    return done;
}

int run(Program& program, const Arguments& arguments)
{
    Console& console = program.console;
    const auto rules = rulesFrom(program, arguments.value(u"rules"_s));
    if (!rules)
        return console.error(rules.error());
    const QStringList components = arguments.values(u"component"_s);
    Side a, b;
    for (const auto& [text, side] : {std::pair{arguments.at(0), &a}, std::pair{arguments.at(1), &b}}) {
        if (const auto opened = open(program, text, components, *side); !opened)
            return console.error(opened.error());
    }
    for (const QString& component : components) {
        if (!a.content.parts.contains(component) && !b.content.parts.contains(component))
            return console.error({ErrorCode::Usage, u"Neither side has a component “%1”."_s.arg(component), {}, {}});
    }
    const compare::Comparison comparison = compare::compare(a.content, b.content, *rules);
    const auto nodes = wanted(comparison, arguments);
    if (!nodes)
        return console.error(nodes.error());

    const bool all = arguments.isSet(u"all"_s);
    const compare::Counts& counts = comparison.root->counts;
    console.object({{u"type"_s, u"comparison"_s}, {u"a"_s, a.content.label}, {u"b"_s, b.content.label}, {u"equal"_s, comparison.isEqual()}, {u"added"_s, counts.added}, {u"removed"_s, counts.removed},
                    {u"changed"_s, counts.changed}, {u"exact"_s, counts.exact}, {u"milliseconds"_s, comparison.milliseconds}, {u"notes"_s, QJsonArray::fromStringList(comparison.notes)}});
    console.line(u"A  %1\nB  %2"_s.arg(a.content.label, b.content.label));
    for (const QString& note : comparison.notes)
        console.line(u"Note: %1"_s.arg(note));
    console.line();
    printNode(console, *comparison.root, all, 0);
    if (comparison.isEqual())
        console.line(u"Equal: no difference but what the %1 noise rules pass over."_s.arg(rules->enabledCount()));
    else
        console.line(u"\n%1."_s.arg(counts.sum() > 0 ? inWords(counts) : u"Not everything could be compared"_s));

    compare::ExportOptions options{.onlyDifferences = !all, .details = {}};
    const QString temporary = program.home + u"/tmp-compare-%1"_s.arg(::getpid());
    for (const compare::Node* node : *nodes) {
        if (node->detail == compare::Node::Detail::None) {
            console.line(u"\n%1: %2"_s.arg(node->path, node->state == compare::State::Equal ? u"equal"_s : u"there is nothing more to show"_s));
            continue;
        }
        const auto detail = compare::detail(comparison, *node, *a.source, *b.source, temporary,
                                            [&console](const QString& doing, qint64 done, qint64 total) { console.status(total > 0 ? u"%1: %2 %"_s.arg(doing).arg(done * 100 / total) : u"%1: %2"_s.arg(doing, size(done))); },
                                            program.stop, {.redactor = &program.redactor});
        QDir().rmdir(temporary);
        if (!detail)
            return console.error(detail.error());
        printDetail(console, *node, *detail);
        options.details.insert(node->path, *detail);
    }
    if (const auto written = writeFiles(arguments, comparison, options, console); !written)
        return console.error(written.error());
    return Done;
}
} // namespace

const Command compareCommand{"compare", "Show what differs between two bundles, or a bundle and a namespace.", declare, run};

} // namespace scalekeep::cli
