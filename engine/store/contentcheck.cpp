#include "engine/store/contentcheck.h"

#include "engine/store/proof.h"

#include <utility>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
class IndexCheck : public bundle::Reader::ContentCheck {
public:
    IndexCheck(const bundle::Reader& reader, const bundle::Stream& stream, std::unique_ptr<index::Indexer> indexer) : m_reader(reader), m_component(stream.component), m_isTree(stream.format == u"tar"_s), m_indexer(std::move(indexer)) {}
    Result<void> add(std::span<const char> data) override { return m_indexer->add(data); }
    Result<void> finish() override
    {
        const auto differences = m_isTree ? ofTree() : ofWhole();
        if (!differences)
            return fail(differences.error());
        if (!differences->isEmpty())
            return fail(ErrorCode::Damaged, u"the index of %1 does not fit its data: %2 %3"_s.arg(m_component, differences->first().entry, differences->first().what));
        return {};
    }

private:
    Result<QList<index::Difference>> ofWhole()
    {
        const auto found = std::exchange(m_indexer, nullptr)->finish(); // with all that it had to keep it goes
        if (!found)
            return fail(found.error());
        const auto stored = storedIndex(m_reader, m_component);
        return stored ? Result<QList<index::Difference>>(index::differences(*stored, *found)) : fail(stored.error());
    }

    Result<QList<index::Difference>> ofTree()
    {
        const auto indexer = std::exchange(m_indexer, nullptr); // as above
        const auto compared = compareToStoredTree(m_reader, m_component, *indexer);
        return compared ? Result<QList<index::Difference>>(compared->differences) : fail(compared.error());
    }

    const bundle::Reader& m_reader;
    QString m_component;
    bool m_isTree;
    std::unique_ptr<index::Indexer> m_indexer;
};
} // namespace

bundle::Reader::ContentChecks contentChecks(const bundle::Reader& reader)
{
    return [&reader](const bundle::Stream& stream) -> std::unique_ptr<bundle::Reader::ContentCheck> {
        auto indexer = index::indexer(stream.format);
        return indexer ? std::make_unique<IndexCheck>(reader, stream, std::move(indexer)) : nullptr;
    };
}

} // namespace scalekeep::store
