#include "engine/bundle/layout.h"

#include "engine/base/digest.h"

#include <atomic>
#include <condition_variable>
#include <thread>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int maxProblems = 100;

/// The state of one stream: segments are decompressed on any thread, but digested in order.
struct StreamCheck {
    const Stream* stream = nullptr;
    std::mutex mutex;
    std::condition_variable turn;
    qsizetype next = 0; ///< segment whose turn it is
    bool broken = false;
    Sha256 digest;
    std::unique_ptr<Reader::ContentCheck> content;
};

/// One verification: workers take the members in file order, so what is read is read once and nearly in sequence.
class Verification {
public:
    Verification(const Reader::Private& reader, const std::function<void(qint64, qint64)>& progress,
                 std::stop_token stop, const Reader::ContentChecks& checks)
        : m_reader(reader), m_progress(progress), m_stop(std::move(stop)),
          m_digests(static_cast<size_t>(reader.layout.members.size()))
    {
        for (const Stream& stream : reader.manifest.streams) {
            auto check = std::make_unique<StreamCheck>();
            check->stream = &stream;
            if (checks)
                check->content = checks(stream);
            const auto& members = reader.layout.streams[streamKey(stream.component, stream.name)];
            for (qsizetype i = 0; i < members.segments.size(); ++i)
                m_segments.insert(members.segments.at(i), {check.get(), i});
            m_streams.push_back(std::move(check));
        }
        for (auto at = reader.layout.indexes.begin(); at != reader.layout.indexes.end(); ++at)
            m_indexes.insert(at.value(), at.key());
    }

    Result<Reader::Report> run()
    {
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
            threads.emplace_back([this] { work(); });
        for (std::thread& thread : threads)
            thread.join();
        if (m_error)
            return fail(*m_error);
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"Verifying “%1” was cancelled."_s.arg(m_reader.file->path()));
        Sha256 all;
        for (int i = 0; i < m_reader.layout.manifest; ++i) {
            const Member& member = m_reader.layout.members.at(i);
            all.add(member.name.toLatin1() + ' ' + QByteArray::number(member.size) + ' ' +
                    m_digests.at(static_cast<size_t>(i)) + '\n');
        }
        if (all.finish() != m_reader.manifest.membersSha256)
            problem(u"The members of the bundle are not those that were written: their digest does not match."_s);
        if (m_problems > m_report.problems.size())
            m_report.problems.append(u"There are %1 more problems."_s.arg(m_problems - m_report.problems.size()));
        m_report.bytes = m_bytes;
        m_report.whole = m_problems == 0;
        return m_report;
    }

private:
    void work()
    {
        FrameReader frames;
        Sha256 digest;
        std::vector<char> stored;
        while (!m_failed && !m_stop.stop_requested()) {
            const int at = m_next++;
            if (at >= m_reader.layout.members.size())
                return;
            const Member& member = m_reader.layout.members.at(at);
            if (const auto index = m_indexes.constFind(at); index != m_indexes.constEnd()) {
                checkIndex(at, *index);
                continue;
            }
            stored.resize(static_cast<size_t>(member.size));
            if (const auto read = m_reader.file->read(member.offset, stored); !read) {
                stopWith(read.error());
                return;
            }
            digest.add(stored);
            m_digests[static_cast<size_t>(at)] = digest.finish();
            if (const auto segment = m_segments.constFind(at); segment != m_segments.constEnd())
                check(*segment->first, segment->second, stored, frames);
            advance(member.size + TarBlock + tarPadding(member.size));
        }
    }

    void check(StreamCheck& stream, qsizetype number, const std::vector<char>& stored, FrameReader& frames)
    {
        const auto plain = frames.segment(stored);
        const bool fits = plain && static_cast<qint64>(plain->size()) == m_reader.plainSize(*stream.stream, number);
        // Members are taken in file order, and a stream's segments lie in order: those before this one are in other
        // workers' hands.
        std::unique_lock lock(stream.mutex);
        while (stream.next != number) {
            if (m_failed || m_stop.stop_requested())
                return;
            stream.turn.wait_for(lock, std::chrono::milliseconds(100));
        }
        if (!fits) {
            problem(damagedStream(*m_reader.file, *stream.stream,
                                  u"segment %1 %2"_s.arg(QString::number(number + 1),
                                                         plain ? u"has another size than was written"_s
                                                               : u"is damaged: "_s + plain.error().message))
                        .message);
            stream.broken = true;
        } else {
            m_bytes += static_cast<qint64>(plain->size());
            stream.digest.add(*plain);
            if (!stream.broken && stream.content) {
                if (const auto added = stream.content->add(*plain); !added)
                    contentProblem(stream, added.error());
            }
        }
        ++stream.next;
        if (stream.next == stream.stream->segments && !stream.broken)
            finish(stream);
        stream.turn.notify_all();
    }

    void finish(StreamCheck& stream)
    {
        if (stream.digest.finish() != stream.stream->sha256)
            problem(damagedStream(*m_reader.file, *stream.stream,
                                  u"the digest of its data is not the one that was written"_s)
                        .message);
        else if (stream.content) {
            if (const auto finished = stream.content->finish(); !finished)
                contentProblem(stream, finished.error());
        }
    }

    void contentProblem(StreamCheck& stream, const Error& error)
    {
        if (error.code == ErrorCode::NoSpace || error.code == ErrorCode::Io) { // of this machine, which says nothing of the bundle
            stopWith(error);
            return;
        }
        problem(u"%1: %2"_s.arg(streamKey(stream.stream->component, stream.stream->name), error.message));
        stream.content.reset();
    }

    // An index may be much longer than a segment: it is never held as a whole.
    void checkIndex(int at, const QString& component)
    {
        const Member& member = m_reader.layout.members.at(at);
        const auto stored = m_reader.file->digest(member.offset, member.size, m_stop);
        const auto index = stored ? indexDigest(*m_reader.file, member) : fail(stored.error());
        if (!index && !isDamage(index.error())) {
            stopWith(index.error());
            return;
        }
        m_digests[static_cast<size_t>(at)] = *stored;
        if (!index)
            problem(u"The index of “%1” is damaged: %2."_s.arg(component, index.error().message));
        else if (index->sha256 != m_reader.manifest.indexSha256.value(component))
            problem(u"The index of “%1” is damaged: its digest does not match."_s.arg(component));
        else
            m_bytes += index->bytes;
        advance(member.size + TarBlock + tarPadding(member.size));
    }

    void problem(const QString& text)
    {
        const std::lock_guard lock(m_mutex);
        if (++m_problems <= maxProblems)
            m_report.problems.append(text);
    }

    void stopWith(const Error& error)
    {
        const std::lock_guard lock(m_mutex);
        if (!m_failed.exchange(true))
            m_error = error;
    }

    void advance(qint64 size)
    {
        const std::lock_guard lock(m_mutex);
        m_done += size;
        if (m_progress)
            m_progress(m_done, m_reader.file->size());
    }

    const Reader::Private& m_reader;
    const std::function<void(qint64, qint64)>& m_progress;
    std::stop_token m_stop;
    std::vector<QByteArray> m_digests; ///< of the members' stored bytes
    std::vector<std::unique_ptr<StreamCheck>> m_streams;
    QHash<int, std::pair<StreamCheck*, qsizetype>> m_segments; ///< by member
    QHash<int, QString> m_indexes;                             ///< by member
    std::atomic<int> m_next = 0;
    std::atomic<qint64> m_bytes = 0;
    std::atomic<bool> m_failed = false;
    std::mutex m_mutex; ///< guards what follows
    qint64 m_done = 0;
    int m_problems = 0;
    Reader::Report m_report;
    std::optional<Error> m_error;
};
} // namespace

Result<Reader::Report> Reader::verify(const std::function<void(qint64 done, qint64 total)>& progress,
                                      std::stop_token stop, const ContentChecks& checks) const
{
    return Verification(*d, progress, std::move(stop), checks).run();
}

} // namespace scalekeep::bundle
