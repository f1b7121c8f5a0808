#pragma once

#include "engine/compare/detail.h"

/// How each kind of detail is made. Internal to the module.
namespace scalekeep::compare {

/// One call of detail(): what it was asked, and how its parts read the two sides.
struct Work {
    const Comparison& comparison;
    const Node& node;
    Source& a;
    Source& b;
    const QString& tempDir;
    const DetailProgress& progress;
    const std::stop_token& stop;
    const Limits& limits;

    enum class Side { A, B };
    static constexpr Side Both[] = {Side::A, Side::B};
    /// Whether that side has the node at all.
    [[nodiscard]] bool has(Side side) const { return (side == Side::A ? node.a : node.b) >= 0; }
    [[nodiscard]] const Content& content(Side side) const { return side == Side::A ? comparison.a : comparison.b; }
    [[nodiscard]] Content::Part part(Side side) const { return content(side).parts.value(node.component); }
    /// The entry of the index; empty where there is none.
    [[nodiscard]] QJsonObject entry(Side side, const std::function<bool(const QJsonObject&)>& is) const;
    /// The component's stream. `enough` ends it early, without an error.
    [[nodiscard]] Result<void> read(Side side, const ByteSink& sink, const bool* enough = nullptr) const;
    [[nodiscard]] Result<void> checkStop() const;
};

Result<RowDetail> rowDetail(const Work& work);
Result<RowDetail> keyDetail(const Work& work);
Result<TextDetail> textDetail(const Work& work);
SecretDetail secretDetail(const Work& work);

/// A value as it is shown: text, or hex where it is none; at most MaxCell characters.
QString shownValue(std::string_view bytes, const Redactor* redactor);

} // namespace scalekeep::compare
