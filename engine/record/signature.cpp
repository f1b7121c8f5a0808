#include "engine/record/signature.h"

#include "engine/base/files.h"

#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtEndian>


#ifdef Q_OS_UNIX
#include <unistd.h>
#endif

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 largestKey = 256 * 1024;
constexpr int sliceMs = 100, limitMs = 60'000;

struct Ran { int code = -1; QByteArray output, error; };

/// A small tool with small input and output. `mayAsk` leaves it its terminal, and all the time that people need.
Result<Ran> runTool(const QString& program, const QStringList& arguments, const QByteArray& input, bool mayAsk, const std::stop_token& stop)
{
    const QString path = QStandardPaths::findExecutable(program);
    if (path.isEmpty())
        return fail(ErrorCode::ToolMissing, u"%1 is not installed."_s.arg(program), program == u"minisign" ? u"Install minisign, or sign with an SSH key."_s : u"Install the OpenSSH client."_s);
    QProcess process;
    process.setProgram(path);
    process.setArguments(arguments);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    process.setProcessEnvironment(environment);
    if (mayAsk && input.isEmpty())
        process.setInputChannelMode(QProcess::ForwardedInputChannel);
#ifdef Q_OS_UNIX
    // Without a terminal of its own the tool cannot stop and ask where nobody looks.
    if (!mayAsk)
        process.setChildProcessModifier([] { ::setsid(); });
#endif
    process.start();
    if (!input.isEmpty())
        process.write(input);
    process.closeWriteChannel();
    for (int waited = 0; !process.waitForFinished(sliceMs); waited += sliceMs) {
        if (process.state() == QProcess::NotRunning)
            break;
        if (stop.stop_requested() || (!mayAsk && waited > limitMs)) {
            process.kill();
            process.waitForFinished(5'000);
            return fail(stop.stop_requested() ? ErrorCode::Cancelled : ErrorCode::Timeout, u"%1 did not end."_s.arg(program));
        }
    }
    if (process.error() == QProcess::FailedToStart)
        return fail(ErrorCode::ToolMissing, u"%1 could not be started."_s.arg(program), {}, process.errorString());
    return Ran{process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput().left(1024 * 1024), process.readAllStandardError().left(64 * 1024)};
}

QString words(const Ran& ran)
{
    return QString::fromUtf8(ran.error.trimmed().isEmpty() ? ran.output.trimmed() : ran.error.trimmed()).left(500);
}

Result<QString> put(const QTemporaryDir& folder, const QString& name, const QByteArray& content)
{
    const QString path = folder.filePath(name);
    if (const auto written = writePrivateFile(path, content); !written)
        return fail(written.error());
    return path;
}

/// 'Good "scalekeep-record" signature with ED25519 key SHA256:...'
QString keyOf(const QByteArray& output)
{
    static const QRegularExpression said(u"with (\\S+ key SHA256:\\S+)"_s);
    return said.match(QString::fromUtf8(output)).captured(1);
}

Result<Signature> signWithSsh(const QByteArray& message, const QString& keyFile, bool mayAsk, const std::stop_token& stop)
{
    const auto made = runTool(u"ssh-keygen"_s, {u"-Y"_s, u"sign"_s, u"-q"_s, u"-f"_s, keyFile, u"-n"_s, signatureNamespace}, message, mayAsk, stop);
    if (!made)
        return fail(made.error());
    if (made->code != 0)
        return fail(ErrorCode::BadInput, u"The key “%1” could not sign."_s.arg(keyFile), u"Nothing was written. A key with a passphrase is unlocked with ssh-add first; for a key in the agent name its public file."_s, words(*made));
    Signature signature{.kind = u"ssh"_s, .text = QString::fromUtf8(made->output), .key = {}};
    const auto checked = checkSignature(message, signature, {}, {}, stop);
    if (!checked)
        return fail(checked.error());
    if (!checked->good)
        return fail(ErrorCode::VerificationFailed, u"The signature that ssh-keygen made does not hold."_s, u"Nothing was written."_s);
    signature.key = checked->key;
    return signature;
}

/// The key's id, as minisign prints it: eight bytes, the last first.
// As minisign itself writes it: a number, without zeros before it.
QString minisignKeyId(const QString& text)
{
    const QByteArray blob = QByteArray::fromBase64(text.section(u'\n', 1, 1).toLatin1());
    return blob.size() == 74 ? QString::number(qFromLittleEndian<quint64>(blob.constData() + 2), 16).toUpper() : QString{};
}

Result<Signature> signWithMinisign(const QByteArray& message, const QString& keyFile, bool mayAsk, const std::stop_token& stop)
{
    const QTemporaryDir folder;
    const auto file = put(folder, u"message"_s, message);
    if (!file)
        return fail(file.error());
    const auto made = runTool(u"minisign"_s, {u"-S"_s, u"-s"_s, keyFile, u"-m"_s, *file, u"-x"_s, folder.filePath(u"signature"_s), u"-t"_s, u"scalekeep-record"_s}, {}, mayAsk, stop);
    if (!made)
        return fail(made.error());
    const auto text = made->code == 0 ? scalekeep::readFile(folder.filePath(u"signature"_s), largestKey) : Result<QByteArray>(QByteArray());
    if (made->code != 0 || !text)
        return fail(ErrorCode::BadInput, u"The key “%1” could not sign."_s.arg(keyFile), u"Nothing was written. minisign asks for the key's password at the terminal only."_s, words(*made));
    Signature signature{.kind = u"minisign"_s, .text = QString::fromUtf8(*text), .key = {}};
    signature.key = u"minisign key "_s + minisignKeyId(signature.text);
    return signature;
}

Result<SignatureCheck> checkSsh(const QByteArray& message, const Signature& signature, const QString& allowedSigners, const std::stop_token& stop)
{
    SignatureCheck checked;
    const QTemporaryDir folder;
    const auto file = put(folder, u"signature"_s, signature.text.toUtf8());
    if (!file)
        return fail(file.error());
    const auto good = runTool(u"ssh-keygen"_s, {u"-Y"_s, u"check-novalidate"_s, u"-n"_s, signatureNamespace, u"-s"_s, *file}, message, false, stop);
    if (!good)
        return fail(good.error());
    checked.key = keyOf(good->output);
    checked.good = good->code == 0 && !checked.key.isEmpty();
    if (!checked.good) {
        checked.findings.append({Finding::State::Fails, u"The signature does not fit the record: %1."_s.arg(words(*good).simplified())});
        return checked;
    }
    checked.findings.append({Finding::State::Holds, u"The signature fits; it is of %1."_s.arg(checked.key)});
    if (allowedSigners.isEmpty()) {
        checked.findings.append({Finding::State::Note, u"Whose key that is was not looked at; name who may sign with --allowed-signers."_s});
        return checked;
    }
    const auto found = runTool(u"ssh-keygen"_s, {u"-Y"_s, u"find-principals"_s, u"-s"_s, *file, u"-f"_s, allowedSigners}, {}, false, stop);
    const QString principal = found && found->code == 0 ? QString::fromUtf8(found->output).section(u'\n', 0, 0).section(u',', 0, 0) : QString{};
    const auto verified = principal.isEmpty() ? Result<Ran>(Ran{}) : runTool(u"ssh-keygen"_s, {u"-Y"_s, u"verify"_s, u"-f"_s, allowedSigners, u"-I"_s, principal, u"-n"_s, signatureNamespace, u"-s"_s, *file}, message, false, stop);
    checked.vouched = verified && verified->code == 0;
    if (checked.vouched)
        checked.findings.append({Finding::State::Holds, u"That key is of %1, who may sign."_s.arg(principal)});
    else
        checked.findings.append({Finding::State::Fails, u"The signer is none of those in “%1”."_s.arg(allowedSigners)});
    return checked;
}

Result<SignatureCheck> checkMinisign(const QByteArray& message, const Signature& signature, const QString& publicKey, const std::stop_token& stop)
{
    SignatureCheck checked;
    if (publicKey.isEmpty()) {
        checked.findings.append({Finding::State::Note, u"The signature is of minisign key %1, and was not checked: name its public key with --minisign-key."_s.arg(minisignKeyId(signature.text))});
        return checked;
    }
    const QTemporaryDir folder;
    const auto text = put(folder, u"signature"_s, signature.text.toUtf8());
    const auto file = text ? put(folder, u"message"_s, message) : text;
    if (!file)
        return fail(file.error());
    const auto verified = runTool(u"minisign"_s, {u"-V"_s, u"-q"_s, QFileInfo::exists(publicKey) ? u"-p"_s : u"-P"_s, publicKey, u"-m"_s, *file, u"-x"_s, *text}, {}, false, stop);
    if (!verified)
        return fail(verified.error());
    checked.good = checked.vouched = verified->code == 0;
    checked.findings.append(checked.good ? Finding{Finding::State::Holds, u"The signature fits; it is of minisign key %1, which you named."_s.arg(minisignKeyId(signature.text))}
                                         : Finding{Finding::State::Fails, u"The signature does not fit the record and the key that you named: %1."_s.arg(words(*verified).simplified())});
    return checked;
}
} // namespace

Result<Signature> sign(const QByteArray& message, const QString& keyFile, bool mayAsk, const std::stop_token& stop)
{
    auto key = scalekeep::readFile(keyFile, largestKey);
    if (!key)
        return fail(key.error());
    const bool age = key->contains("AGE-SECRET-KEY-") || key->startsWith("age1") || key->startsWith("age-encryption.org/") || key->startsWith("-----BEGIN AGE ");
    const bool minisign = key->startsWith("untrusted comment:");
    key->fill('\0');
    if (age)
        return fail(ErrorCode::Unsupported, u"“%1” is an age key, which encrypts but cannot sign."_s.arg(keyFile), u"Nothing was written. Sign with an SSH or a minisign key."_s);
    return minisign ? signWithMinisign(message, keyFile, mayAsk, stop) : signWithSsh(message, keyFile, mayAsk, stop);
}

Result<SignatureCheck> checkSignature(const QByteArray& message, const Signature& signature, const QString& allowedSigners, const QString& minisignKey, const std::stop_token& stop)
{
    if (signature.kind == u"ssh")
        return checkSsh(message, signature, allowedSigners, stop);
    if (signature.kind == u"minisign")
        return checkMinisign(message, signature, minisignKey, stop);
    return SignatureCheck{.findings = {{Finding::State::Fails, u"The signature is of a kind that Scalekeep does not make: %1."_s.arg(signature.kind.left(40))}}};
}

} // namespace scalekeep::record
