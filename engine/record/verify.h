#pragma once

#include "engine/record/file.h"

#include <stop_token>

namespace scalekeep::record {

/// What a record is held against, beside itself. Empty: not.
struct Against {
    QString journal = {}; ///< the run's journal
    QString allowedSigners = {}; ///< OpenSSH's file of who may sign: then the signature must be by one of them
    QString minisignKey = {}; ///< public key, or the file with it
    QString stampAuthority = {}; ///< PEM file with the certificates that are trusted for time stamps
};

struct Finding {
    enum class State { Holds, Fails, Note };
    State state = State::Holds;
    QString text = {}; ///< one sentence
    bool operator==(const Finding&) const = default;
};

struct Verification {
    QString runId = {}, change = {}; ///< as the record says
    QByteArray head = {}, seal = {};
    qint64 lines = 0;
    QList<Finding> findings = {};
    QString worth = {}; ///< what the proof is worth as it stands
    [[nodiscard]] bool holds() const;
};

/// Everything that can be found out about a record: its bytes, its seal, the chain of the journal in it, every value made anew from that
/// journal, signature, time stamp, and the journal at hand. BadInput or Unsupported where the file is no record.
Result<Verification> verify(const QByteArray& content, const Against& against = {}, const std::stop_token& stop = {});

/// What is wrong with the chain of these lines, in a sentence; empty: nothing.
QString chainProblem(const QList<QByteArray>& lines);
/// How `found` differs from `wanted` at its first difference, in a sentence; empty: not at all, or `found` only goes on.
QString lineProblem(const QList<QByteArray>& wanted, const QList<QByteArray>& found);

} // namespace scalekeep::record
