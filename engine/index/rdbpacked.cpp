#include "engine/index/rdbreader.h"

#include <QtEndian>

#include <array>
#include <charconv>

// The packed collections inside of RDB strings. Their own counts and offsets are hints at best, so only the entries are followed,
// each checked against the end of the blob.

namespace scalekeep::index {

namespace {
constexpr const char* Cut = "a packed collection ends in the middle of an element";
constexpr const char* Unknown = "a packed collection holds an element of an unknown form";
constexpr unsigned char End = 0xff;

/// Takes little-endian numbers and byte runs from a blob; `ok` turns false at its end and stays so.
struct Blob {
    std::string_view rest;
    bool ok = true;

    std::string_view take(size_t count)
    {
        if (rest.size() < count) {
            ok = false;
            return {};
        }
        const std::string_view taken = rest.substr(0, count);
        rest.remove_prefix(count);
        return taken;
    }
    unsigned char byte()
    {
        const std::string_view raw = take(1);
        return ok ? static_cast<unsigned char>(raw.front()) : '\0';
    }
    std::uint64_t unsignedNumber(size_t count)
    {
        std::uint64_t number = 0;
        const std::string_view raw = take(count);
        for (size_t i = raw.size(); i > 0; --i)
            number = (number << 8) | static_cast<unsigned char>(raw[i - 1]);
        return number;
    }
    std::int64_t number(size_t count)
    {
        const size_t unused = 64 - 8 * count;
        return static_cast<std::int64_t>(unsignedNumber(count) << unused) >> unused;
    }
};

void giveNumber(std::int64_t number, const ElementSink& sink)
{
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    sink({text.data(), static_cast<size_t>(end - text.data())});
}

// Bytes of the backwards length that follows a listpack element.
size_t backLength(size_t element)
{
    return element <= 127 ? 1 : element < 16383 ? 2 : element < 2097151 ? 3 : element < 268435455 ? 4 : 5;
}
} // namespace

const char* readZiplist(std::string_view text, const ElementSink& sink)
{
    Blob blob{text};
    blob.take(10);
    while (blob.ok) {
        const unsigned char before = blob.byte();
        if (before == End)
            return blob.rest.empty() ? nullptr : Unknown;
        if (before == 0xfe)
            blob.take(4);
        const unsigned char kind = blob.byte();
        if (!blob.ok)
            break;
        if (kind >> 6 != 3) {
            size_t size = kind & 0x3f;
            if (kind >> 6 == 1)
                size = (size << 8) | blob.byte();
            else if (kind == 0x80)
                size = qFromBigEndian<quint32>(static_cast<quint32>(blob.unsignedNumber(4)));
            else if (kind >> 6 == 2)
                return Unknown;
            const std::string_view element = blob.take(size);
            if (blob.ok)
                sink(element);
            continue;
        }
        std::int64_t number = 0;
        switch (kind) {
        case 0xc0: number = blob.number(2); break;
        case 0xd0: number = blob.number(4); break;
        case 0xe0: number = blob.number(8); break;
        case 0xf0: number = blob.number(3); break;
        case 0xfe: number = blob.number(1); break;
        default:
            if (kind < 0xf1 || kind > 0xfd)
                return Unknown;
            number = (kind & 0x0f) - 1;
        }
        if (blob.ok)
            giveNumber(number, sink);
    }
    return Cut;
}

const char* readListpack(std::string_view text, const ElementSink& sink)
{
    Blob blob{text};
    blob.take(6);
    while (blob.ok) {
        const size_t start = blob.rest.size();
        const unsigned char kind = blob.byte();
        if (!blob.ok)
            break;
        if (kind == End)
            return blob.rest.empty() ? nullptr : Unknown;
        bool isString = false;
        std::uint64_t size = 0;
        std::int64_t number = 0;
        if (kind < 0x80) {
            number = kind;
        } else if (kind < 0xc0) {
            isString = true;
            size = kind & 0x3f;
        } else if (kind < 0xe0) {
            const int raw = ((kind & 0x1f) << 8) | blob.byte();
            number = raw >= 1 << 12 ? raw - (1 << 13) : raw;
        } else if (kind < 0xf0) {
            isString = true;
            size = (static_cast<std::uint64_t>(kind & 0x0f) << 8) | blob.byte();
        } else {
            switch (kind) {
            case 0xf0:
                isString = true;
                size = blob.unsignedNumber(4);
                break;
            case 0xf1: number = blob.number(2); break;
            case 0xf2: number = blob.number(3); break;
            case 0xf3: number = blob.number(4); break;
            case 0xf4: number = blob.number(8); break;
            default: return Unknown;
            }
        }
        const std::string_view element = blob.take(static_cast<size_t>(size));
        blob.take(backLength(start - blob.rest.size()));
        if (!blob.ok)
            break;
        if (isString)
            sink(element);
        else
            giveNumber(number, sink);
    }
    return Cut;
}

const char* readIntset(std::string_view text, const ElementSink& sink)
{
    Blob blob{text};
    const auto width = static_cast<size_t>(blob.unsignedNumber(4));
    const auto count = static_cast<size_t>(blob.unsignedNumber(4));
    if (!blob.ok || (width != 2 && width != 4 && width != 8) || blob.rest.size() != width * count)
        return "a set of integers has the wrong size";
    for (size_t i = 0; i < count; ++i)
        giveNumber(blob.number(width), sink);
    return nullptr;
}

const char* readZipmap(std::string_view text, const ElementSink& sink)
{
    Blob blob{text};
    blob.byte();
    for (bool isValue = false; blob.ok; isValue = !isValue) {
        const unsigned char first = blob.byte();
        if (first == End && !isValue)
            return blob.rest.empty() ? nullptr : Unknown;
        if (first == End)
            return Unknown;
        const size_t size = first == 0xfe ? static_cast<size_t>(blob.unsignedNumber(4)) : first;
        const size_t unused = isValue ? blob.byte() : 0;
        const std::string_view element = blob.take(size);
        blob.take(unused);
        if (blob.ok)
            sink(element);
    }
    return Cut;
}

} // namespace scalekeep::index
