#include "engine/index/index.h"
#include "engine/index/mysqldump.h"
#include "engine/index/objects.h"
#include "engine/index/pgdump.h"
#include "engine/index/rdb.h"
#include "engine/index/tar.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <optional>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
/// Keeps the first error: a reader that stumbled must never end in an index.
class GuardedIndexer : public Indexer {
public:
    explicit GuardedIndexer(std::unique_ptr<Indexer> inner) : m_inner(std::move(inner)) {}

    Result<void> add(std::span<const char> data) override
    {
        if (!m_error)
            if (auto added = m_inner->add(data); !added)
                m_error = added.error();
        return m_error ? Result<void>(fail(*m_error)) : Result<void>();
    }

    Result<QJsonObject> finish() override
    {
        return m_error ? Result<QJsonObject>(fail(*m_error)) : once(m_inner->finish());
    }

    Result<QJsonObject> finishInto(const EntrySink& entries) override
    {
        return m_error ? Result<QJsonObject>(fail(*m_error)) : once(m_inner->finishInto(entries));
    }

private:
    Result<QJsonObject> once(Result<QJsonObject> index)
    {
        m_error = index ? Error{ErrorCode::Internal, u"The index was asked for twice."_s, {}, {}} : index.error();
        return index;
    }

    std::unique_ptr<Indexer> m_inner;
    std::optional<Error> m_error;
};

std::unique_ptr<Indexer> make(const QString& format)
{
    if (format == "mysqldump"_L1)
        return std::make_unique<MysqldumpIndexer>();
    if (format == "pg_dump"_L1)
        return std::make_unique<PgDumpIndexer>();
    if (format == "rdb"_L1)
        return std::make_unique<RdbIndexer>();
    if (format == "tar"_L1)
        return std::make_unique<TarIndexer>();
    if (format == "json"_L1)
        return std::make_unique<ObjectsIndexer>();
    return nullptr;
}
} // namespace

Result<QJsonObject> Indexer::finishInto(const EntrySink& entries)
{
    auto index = finish();
    if (!index)
        return index;
    for (const QJsonValue entry : index->take("entries"_L1).toArray())
        if (auto taken = entries(QJsonDocument(entry.toObject()).toJson(QJsonDocument::Compact)); !taken)
            return fail(taken.error());
    return index;
}

std::unique_ptr<Indexer> indexer(const QString& format)
{
    auto inner = make(format);
    return inner ? std::make_unique<GuardedIndexer>(std::move(inner)) : nullptr;
}

} // namespace scalekeep::index
