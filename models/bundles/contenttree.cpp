#include "models/bundles/contenttree.h"

#include "models/common/components.h"
#include "models/common/format.h"

#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>
#include <map>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using Kind = ContentNode::Kind;

namespace {
const QString bullets = u"••••••••"_s; ///< one fixed number, so that no length shows

/// Foreign text as one line without characters that draw nothing or turn the line around.
QString tidy(const QString& text, qsizetype most = ContentTree::LongestName)
{
    QString clean;
    for (const QChar c : text.left(most + 1))
        clean.append(c.isPrint() ? c : QChar(0xFFFD));
    return clean.size() > most ? clean.left(most - 1) + u'…' : clean;
}

qint64 count(const QJsonValue& value)
{
    return std::max<qint64>(value.toInteger(0), 0);
}

QString howMany(qint64 count, const QString& one, const QString& many)
{
    return count == 1 ? one : many.arg(formatCount(count));
}

std::unique_ptr<ContentNode> node(Kind kind, const QString& name, const QString& what, const QString& icon)
{
    auto made = std::make_unique<ContentNode>();
    made->kind = kind;
    made->name = tidy(name);
    made->what = what;
    made->icon = icon;
    return made;
}

QString sqlIcon(const QString& kind)
{
    return kind == u"table" ? u"table"_s : kind == u"sequence" ? u"data"_s : u"terminal"_s;
}
} // namespace

ContentNode* ContentNode::add(std::unique_ptr<ContentNode> child)
{
    child->parent = this;
    child->row = int(children.size());
    children.push_back(std::move(child));
    return children.back().get();
}

/// The rows of one component.
class ContentTree::Builder {
public:
    Builder(const bundle::Component& component, const QList<bundle::Stream>& streams, const QJsonObject& index)
        : m_component(component), m_streams(streams), m_index(index), m_entries(index[u"entries"].toArray())
    {
    }

    std::unique_ptr<ContentNode> build()
    {
        const QString format = m_index[u"format"].toString();
        m_root = std::make_unique<ContentNode>();
        if (format == u"rdb")
            databases();
        else if (format == u"tar")
            files();
        else if (format == u"json")
            objects();
        else
            tables();
        if (m_entries.size() > MostEntries)
            m_root->add(node(Kind::Message, tr("%1 more entries are not listed").arg(formatCount(m_entries.size() - MostEntries)), {}, {}))->dim = true;
        return std::move(m_root);
    }

private:
    [[nodiscard]] qsizetype entryCount() const { return std::min<qsizetype>(m_entries.size(), MostEntries); }

    void tables()
    {
        std::vector<std::unique_ptr<ContentNode>> found;
        std::map<QString, std::vector<std::unique_ptr<ContentNode>>> named;
        double rows = 0;
        for (qsizetype i = 0; i < entryCount(); ++i) {
            const QJsonValue entry = m_entries.at(i);
            const QString kind = tidy(entry[u"kind"].toString(), 40), name = entry[u"name"].toString();
            if (kind == u"table") {
                auto table = node(Kind::Table, name, howMany(count(entry[u"rows"]), tr("1 row"), tr("%1 rows")), sqlIcon(kind));
                table->weight = double(count(entry[u"rows"]));
                rows += table->weight;
                found.push_back(std::move(table));
            } else if (!kind.isEmpty()) {
                auto other = node(Kind::Named, name, kind, sqlIcon(kind));
                if (const QString value = tidy(entry[u"value"].toString(), 60); kind == u"sequence" && !value.isEmpty())
                    other->what = tr("at %1").arg(value);
                named[kind].push_back(std::move(other));
            }
        }
        shares(found, rows, tr("Share of the rows of %1. The sizes of single tables are not in the index.").arg(m_component.id));
        byWeight(found);
        place(*m_root, std::move(found), Listed, [](int n) { return tr("%n more tables", nullptr, n); }, u"table"_s);
        for (auto& [kind, rowsOfKind] : named) {
            auto* group = m_root->add(node(Kind::Group, kindTitle(kind), formatCount(qint64(rowsOfKind.size())), sqlIcon(kind)));
            place(*group, std::move(rowsOfKind), ListedFiles, [](int n) { return tr("%n more", nullptr, n); }, sqlIcon(kind));
        }
    }

    static QString kindTitle(const QString& kind)
    {
        static const QHash<QString, const char*> titles{{u"routine"_s, QT_TR_NOOP("Routines")}, {u"trigger"_s, QT_TR_NOOP("Triggers")},     {u"view"_s, QT_TR_NOOP("Views")},
                                                        {u"event"_s, QT_TR_NOOP("Events")},     {u"sequence"_s, QT_TR_NOOP("Sequences")},   {u"extension"_s, QT_TR_NOOP("Extensions")},
                                                        {u"index"_s, QT_TR_NOOP("Indexes")},    {u"constraint"_s, QT_TR_NOOP("Constraints")}, {u"type"_s, QT_TR_NOOP("Types")},
                                                        {u"function"_s, QT_TR_NOOP("Functions")}};
        const char* title = titles.value(kind, nullptr);
        return title ? tr(title) : kind;
    }

    void databases()
    {
        struct Database {
            std::vector<std::unique_ptr<ContentNode>> prefixes;
            qint64 keys = 0;
        };
        std::map<qint64, Database> found;
        std::vector<std::unique_ptr<ContentNode>> functions;
        double all = 0;
        for (qsizetype i = 0; i < entryCount(); ++i) {
            const QJsonValue entry = m_entries.at(i);
            if (entry[u"kind"] != u"prefix"_s) {
                functions.push_back(node(Kind::Named, entry[u"name"].toString(), tidy(entry[u"kind"].toString(), 40), u"terminal"_s));
                continue;
            }
            Database& database = found[count(entry[u"database"])];
            const qint64 keys = count(entry[u"keys"]);
            const QString prefix = entry[u"prefix"].toString();
            auto made = node(Kind::Prefix, prefix.isEmpty() ? tr("(other keys)") : prefix, tr("%1, %2").arg(howMany(keys, tr("1 key"), tr("%1 keys")), tidy(entry[u"type"].toString(), 40)), u"key"_s);
            made->weight = double(keys);
            database.keys += std::min(keys, std::numeric_limits<qint64>::max() - database.keys);
            all += made->weight;
            database.prefixes.push_back(std::move(made));
        }
        const QString tip = tr("Share of the keys of %1. The sizes of single keys are not in the index.").arg(m_component.id);
        for (auto& [number, database] : found) {
            auto* row = m_root->add(node(Kind::Database, databaseName(number), howMany(database.keys, tr("1 key"), tr("%1 keys")), u"layers"_s));
            row->weight = double(database.keys);
            row->share = all > 0 ? row->weight / all : 0;
            row->toolTip = tip;
            shares(database.prefixes, all, tip);
            byWeight(database.prefixes);
            place(*row, std::move(database.prefixes), Listed, [](int n) { return tr("%n more prefixes", nullptr, n); }, u"key"_s);
        }
        if (!functions.empty())
            place(*m_root->add(node(Kind::Group, tr("Functions"), formatCount(qint64(functions.size())), u"terminal"_s)), std::move(functions), ListedFiles,
                  [](int n) { return tr("%n more", nullptr, n); }, u"terminal"_s);
    }

    /// 3scale keeps the backend's data in database 0 and its queues in 1; other stores only have a number.
    [[nodiscard]] QString databaseName(qint64 number) const
    {
        if (m_component.id == u"backend-redis" && (number == 0 || number == 1))
            return number == 0 ? tr("/0 data") : tr("/1 queues");
        return u"/%1"_s.arg(number);
    }

    void files()
    {
        const auto stream = std::find_if(m_streams.begin(), m_streams.end(), [](const bundle::Stream& each) { return each.format == u"tar"; });
        double all = 0;
        for (qsizetype i = 0; i < entryCount(); ++i) {
            const QJsonValue entry = m_entries.at(i);
            const QString path = entry[u"path"].toString(), kind = entry[u"kind"].toString();
            if (path.isEmpty() || path == u".")
                continue;
            if (kind == u"directory") {
                directory(path);
                continue;
            }
            const qsizetype slash = path.lastIndexOf(u'/');
            ContentNode& parent = slash < 0 ? *m_root : directory(path.left(slash));
            auto file = node(Kind::File, path.mid(slash + 1), {}, u"file"_s);
            file->toolTip = tidy(path, 1000);
            if (kind == u"file") {
                file->bytes = count(entry[u"size"]);
                file->weight = double(file->bytes);
                all += file->weight;
            } else {
                file->what = kind == u"symlink" || kind == u"hardlink" ? tr("link to %1").arg(tidy(entry[u"target"].toString())) : tidy(kind, 40);
                file->dim = true;
            }
            if ((kind == u"file" || kind == u"hardlink") && stream != m_streams.end()) {
                file->component = m_component.id;
                file->stream = stream->name;
                const QString bytes = entry[u"pathBase64"].toString();
                file->path = bytes.isEmpty() ? path.toUtf8() : QByteArray::fromBase64(bytes.toLatin1());
                file->sha256 = entry[u"sha256"].toString().toLatin1();
            }
            parent.add(std::move(file));
        }
        settle(*m_root, all > 0 ? all : 1);
    }

    ContentNode& directory(const QString& path)
    {
        if (ContentNode* known = m_directories.value(path))
            return *known;
        // Deeper ones are shown with their whole remaining path in one row.
        const qsizetype slash = path.lastIndexOf(u'/');
        ContentNode& parent = slash < 0 || path.count(u'/') > DeepestDirectory ? *m_root : directory(path.left(slash));
        const QString name = &parent == m_root.get() ? path : path.mid(slash + 1);
        ContentNode* made = parent.add(node(Kind::Directory, name, {}, u"folder"_s));
        made->toolTip = tidy(path, 1000);
        m_directories.insert(path, made);
        return *made;
    }

    /// Sums, sorts (directories first, by name) and groups from the leaves up. Answers the number of files.
    qint64 settle(ContentNode& parent, double all)
    {
        qint64 number = 0;
        for (const auto& child : parent.children) {
            if (child->kind == Kind::Directory) {
                const qint64 inside = settle(*child, all);
                child->what = howMany(inside, tr("1 file"), tr("%1 files"));
                number += inside;
            } else {
                ++number;
            }
            parent.weight += child->weight;
        }
        parent.bytes = qint64(std::min(parent.weight, 9e18));
        for (const auto& child : parent.children)
            child->share = child->bytes < 0 ? -1 : child->weight / all;
        auto children = std::move(parent.children);
        parent.children.clear();
        std::stable_sort(children.begin(), children.end(), [](const auto& a, const auto& b) {
            return a->kind == b->kind ? a->name < b->name : a->kind == Kind::Directory;
        });
        place(parent, std::move(children), ListedFiles, [](int n) { return tr("%n more files", nullptr, n); }, u"file"_s);
        return number;
    }

    void objects()
    {
        std::map<QString, std::vector<std::unique_ptr<ContentNode>>> kinds;
        qsizetype rows = 0;
        for (qsizetype i = 0; i < entryCount(); ++i) {
            const QJsonValue entry = m_entries.at(i);
            const QString kind = tidy(entry[u"kind"].toString(), 80);
            auto object = node(Kind::Object, entry[u"name"].toString(), {}, iconOfKind(kind));
            const QJsonObject fields = entry[u"fields"].toObject();
            const bool secret = kind == u"Secret";
            int keys = 0;
            for (auto at = fields.begin(); at != fields.end() && rows < MostEntries; ++at) {
                const QString key = dataKey(at.key());
                if (key.isEmpty())
                    continue;
                // Not even digests of a Secret's values: short ones could be guessed.
                auto* field = object->add(node(Kind::Field, key, secret ? bullets : tr("SHA-256 begins with %1").arg(tidy(at.value().toString(), 8)), secret ? u"lock"_s : u"file"_s));
                field->dim = true;
                field->toolTip = secret ? tr("The value is in the bundle and is not shown.") : tr("A digest of the value tells whether it differs; the value itself is in the bundle.");
                ++keys;
                ++rows;
            }
            object->what = keys == 0 ? QString() : keys == 1 ? tr("1 key") : tr("%n keys", nullptr, keys);
            kinds[kind].push_back(std::move(object));
        }
        for (auto& [kind, list] : kinds) {
            const QString icon = iconOfKind(kind);
            const bool only = kinds.size() == 1;
            ContentNode* parent = m_root.get();
            if (!only)
                parent = m_root->add(node(Kind::ObjectKind, kind, formatCount(qint64(list.size())), icon));
            place(*parent, std::move(list), ListedFiles, [](int n) { return tr("%n more objects", nullptr, n); }, icon);
        }
    }

    static QString iconOfKind(const QString& kind)
    {
        static const QHash<QString, QString> icons{{u"Secret"_s, u"key"_s}, {u"ConfigMap"_s, u"file"_s}, {u"Route"_s, u"route"_s}, {u"PersistentVolumeClaim"_s, u"volume"_s}, {u"APIManager"_s, u"sliders"_s}};
        return icons.value(kind, u"cube"_s);
    }

    /// "zync" of the fields "data.zync" and "data[\"a.b\"]"; empty for fields that are not data.
    static QString dataKey(const QString& field)
    {
        for (const QString& prefix : {u"data"_s, u"stringData"_s, u"binaryData"_s}) {
            if (field.startsWith(prefix + u'.'))
                return field.mid(prefix.size() + 1);
            if (field.startsWith(prefix + u"[\""_s) && field.endsWith(u"\"]"_s) && field.size() > prefix.size() + 4)
                return field.mid(prefix.size() + 2).chopped(2);
        }
        return {};
    }

    static void shares(const std::vector<std::unique_ptr<ContentNode>>& rows, double all, const QString& tip)
    {
        for (const auto& row : rows) {
            row->share = all > 0 ? row->weight / all : 0;
            row->toolTip = tip;
        }
    }

    static void byWeight(std::vector<std::unique_ptr<ContentNode>>& rows)
    {
        std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a->weight == b->weight ? a->name < b->name : a->weight > b->weight; });
    }

    /// The first ones as they are, the others in "n more", in parts where these are many.
    template <class Title>
    static void place(ContentNode& parent, std::vector<std::unique_ptr<ContentNode>> rows, int listed, Title title, const QString& icon)
    {
        // A group for two would only hide them.
        if (rows.size() <= size_t(listed) + 2) {
            for (auto& row : rows)
                parent.add(std::move(row));
            return;
        }
        for (size_t i = 0; i < size_t(listed); ++i)
            parent.add(std::move(rows[i]));
        ContentNode* more = parent.add(node(Kind::Group, title(int(rows.size()) - listed), {}, icon));
        ContentNode* part = more;
        const bool parts = rows.size() - size_t(listed) > size_t(InGroup);
        for (size_t i = size_t(listed); i < rows.size(); ++i) {
            if (parts && (i - size_t(listed)) % InGroup == 0) {
                const size_t last = std::min(i + InGroup, rows.size());
                part = more->add(node(Kind::Group, tr("%1 to %2").arg(formatCount(qint64(i) + 1), formatCount(qint64(last))), {}, icon));
            }
            for (ContentNode* group = part;; group = group->parent) {
                group->weight += rows[i]->weight;
                if (rows[i]->bytes >= 0)
                    group->bytes = std::max<qint64>(group->bytes, 0) + rows[i]->bytes;
                if (rows[i]->share >= 0)
                    group->share = std::max(group->share, 0.0) + rows[i]->share;
                group->toolTip = rows[i]->share >= 0 && rows[i]->bytes < 0 ? rows[i]->toolTip : QString();
                if (group == more)
                    break;
            }
            part->add(std::move(rows[i]));
        }
    }

    const bundle::Component& m_component;
    const QList<bundle::Stream>& m_streams;
    QJsonObject m_index;
    QJsonArray m_entries;
    std::unique_ptr<ContentNode> m_root;
    QHash<QString, ContentNode*> m_directories;
};

namespace {
QString counted(const QJsonObject& summary, const QString& key)
{
    return formatCount(count(summary[key]));
}
} // namespace

QString ContentTree::summary(const bundle::Component& component)
{
    const QJsonObject& counts = component.summary;
    QStringList parts;
    if (component.state == u"absent")
        return tr("nothing was there");
    if (component.state == u"unreadable")
        return tr("could not be read");
    if (counts.contains(u"tables"_s))
        parts.append(howMany(count(counts[u"tables"]), tr("1 table"), tr("%1 tables")));
    if (count(counts[u"routines"]) > 0)
        parts.append(howMany(count(counts[u"routines"]), tr("1 routine"), tr("%1 routines")));
    if (counts.contains(u"keys"_s))
        parts.append(howMany(count(counts[u"keys"]), tr("1 key"), tr("%1 keys")));
    if (counts.contains(u"files"_s))
        parts.append(howMany(count(counts[u"files"]), tr("1 file"), tr("%1 files")));
    if (counts.contains(u"objects"_s))
        parts.append(component.id == u"secrets" ? tr("%1, values hidden").arg(counted(counts, u"objects"_s)) : counted(counts, u"objects"_s));
    return parts.join(tr(", "));
}

std::unique_ptr<ContentNode> ContentTree::components(const bundle::Manifest& manifest)
{
    auto root = std::make_unique<ContentNode>();
    double all = 0;
    std::vector<std::unique_ptr<ContentNode>> rows;
    for (const bundle::Component& component : manifest.components) {
        auto row = node(Kind::Component, component.id, summary(component), iconOfComponent(component.engine, component.id));
        row->component = component.id;
        row->toolTip = QStringList({tidy(component.title), component.serverVersion.isEmpty() ? QString() : tr("Server %1").arg(tidy(component.serverVersion)), tidy(component.image), tidy(component.notes.join(u'\n'), 1000)}).filter(QRegularExpression(u"."_s)).join(u'\n');
        for (const bundle::Stream& stream : manifest.streams) {
            if (stream.component == component.id)
                row->bytes = std::max<qint64>(row->bytes, 0) + std::min(stream.bytes, std::numeric_limits<qint64>::max() / 1000);
        }
        if (component.state == u"unreadable")
            row->glyph = u"warning"_s;
        row->dim = component.state != u"proven";
        row->weight = double(std::max<qint64>(row->bytes, 0));
        all += row->weight;
        rows.push_back(std::move(row));
    }
    for (auto& row : rows) {
        row->share = row->bytes < 0 ? -1 : all > 0 ? row->weight / all : 0;
        root->add(std::move(row));
    }
    return root;
}

Result<std::unique_ptr<ContentNode>> ContentTree::children(const bundle::Component& component, const QList<bundle::Stream>& streams, const QByteArray& index)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(index, &error);
    if (!document.isObject())
        return fail(ErrorCode::BadInput, tr("The content index of %1 cannot be read.").arg(component.id), tr("The data itself may be whole: verify the bundle."), error.errorString());
    return Builder(component, streams, document.object()).build();
}

} // namespace scalekeep::models
