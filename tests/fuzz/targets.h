#pragma once

#include <QByteArray>
#include <QString>

#include <cstdint>
#include <span>

/// What libFuzzer can be let loose on, one format of unknown origin each. A target that returns is content; a promise of the engine
/// that is not kept ends the program (require), as do the sanitizers.
namespace scalekeep::fuzz {

/// `choice` is the input's first byte: it picks among variants, so that `data` stays what it is in a file.
using Target = void (*)(std::uint8_t choice, std::span<const char> data);

struct Named {
    const char* name;
    Target run;
};
std::span<const Named> targets();

void bundle(std::uint8_t choice, std::span<const char> data);
void records(std::uint8_t choice, std::span<const char> data);

void mysqldump(std::uint8_t choice, std::span<const char> data);
void pgDump(std::uint8_t choice, std::span<const char> data);
void rdb(std::uint8_t choice, std::span<const char> data);
void tar(std::uint8_t choice, std::span<const char> data);
void objects(std::uint8_t choice, std::span<const char> data);
void differences(std::uint8_t choice, std::span<const char> data);
void entries(std::uint8_t choice, std::span<const char> data);
void content(std::uint8_t choice, std::span<const char> data);

void comparison(std::uint8_t choice, std::span<const char> data);
void rows(std::uint8_t choice, std::span<const char> data);
void text(std::uint8_t choice, std::span<const char> data);

void catalogue(std::uint8_t choice, std::span<const char> data);
void inventory(std::uint8_t choice, std::span<const char> data);
void classify(std::uint8_t choice, std::span<const char> data);
void transport(std::uint8_t choice, std::span<const char> data);
void kubeconfig(std::uint8_t choice, std::span<const char> data);
void login(std::uint8_t choice, std::span<const char> data);
void clusters(std::uint8_t choice, std::span<const char> data);

void journal(std::uint8_t choice, std::span<const char> data);
void plan(std::uint8_t choice, std::span<const char> data);
void record(std::uint8_t choice, std::span<const char> data);
void savedPlan(std::uint8_t choice, std::span<const char> data);

/// The journal's lines with numbers, chain and the plan's digest right, so that what they say is read.
QByteArray chained(const QByteArray& lines);
void require(bool condition);
/// Without a copy: valid as long as `data`.
inline QByteArray bytesOf(std::span<const char> data)
{
    return QByteArray::fromRawData(data.data(), static_cast<qsizetype>(data.size()));
}
/// A folder of this process, removed at its end.
QString scratch();
/// A file in scratch() with this content; its path.
QString scratchFile(const QString& name, const QByteArray& content);

} // namespace scalekeep::fuzz
