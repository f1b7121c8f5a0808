#include "engine/record/timestamp.h"

#include "engine/base/digest.h"

#include <QEventLoop>
#include <QFile>
#include <QNetworkAccessManager>
#include <QNetworkProxyFactory>
#include <QNetworkReply>
#include <QTimer>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 largestAnswer = 256 * 1024;
constexpr int limitMs = 30'000, sliceMs = 100;

template <auto function>
struct Free {
    template <class T>
    void operator()(T* object) const { function(object); }
};
using Request = std::unique_ptr<TS_REQ, Free<TS_REQ_free>>;
using Response = std::unique_ptr<TS_RESP, Free<TS_RESP_free>>;
using VerifyContext = std::unique_ptr<TS_VERIFY_CTX, Free<TS_VERIFY_CTX_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using Number = std::unique_ptr<ASN1_INTEGER, Free<ASN1_INTEGER_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Free<X509_ALGOR_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, Free<TS_MSG_IMPRINT_free>>;
struct FreeStack {
    void operator()(STACK_OF(X509)* stack) const { sk_X509_free(stack); }
};
using Signers = std::unique_ptr<STACK_OF(X509), FreeStack>;

/// The last that OpenSSL has to say; the queue is empty afterwards.
QString reason()
{
    QString text = u"no reason given"_s;
    const char* data = nullptr;
    int flags = 0;
    while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        if (const char* said = ERR_reason_error_string(code))
            text = QString::fromLatin1(said) + ((flags & ERR_TXT_STRING) && data && *data ? u": "_s + QString::fromUtf8(data).left(200) : QString{});
    }
    return text;
}

QByteArray bytesOf(const ASN1_INTEGER* number)
{
    return number ? QByteArray(reinterpret_cast<const char*>(ASN1_STRING_get0_data(number)), ASN1_STRING_length(number)) : QByteArray();
}

QDateTime timeOf(const ASN1_GENERALIZEDTIME* time)
{
    std::tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return {QDate(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday), QTime(parts.tm_hour, parts.tm_min, std::min(parts.tm_sec, 59)), Qt::UTC};
}

QString nameOf(X509* certificate)
{
    const Bio out(BIO_new(BIO_s_mem()));
    if (!certificate || !out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0)
        return {};
    std::array<char, 300> text{};
    const int size = BIO_read(out.get(), text.data(), int(text.size()));
    return QString::fromUtf8(text.data(), std::max(size, 0));
}

/// Whether the store's authorities vouch for the stamp, as of the stamp's own time: its certificate may have run out since.
bool trusted(TS_RESP* response, const QByteArray& message, const QString& authority, const QDateTime& at)
{
    Store store(X509_STORE_new());
    if (!store)
        return false;
    const bool filled = authority.isEmpty() ? X509_STORE_set_default_paths(store.get()) == 1 : X509_STORE_load_file(store.get(), QFile::encodeName(authority).constData()) == 1;
    if (!filled)
        return false;
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), static_cast<time_t>(at.toSecsSinceEpoch()));
    const VerifyContext context(TS_VERIFY_CTX_new());
    if (!context)
        return false;
    TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    // The context owns both from here on.
    TS_VERIFY_CTX_set_data(context.get(), BIO_new_mem_buf(message.constData(), static_cast<int>(message.size())));
    TS_VERIFY_CTX_set_store(context.get(), store.release());
    return TS_RESP_verify_response(context.get(), response) == 1;
}
} // namespace

Result<StampRequest> makeStampRequest(const QByteArray& message)
{
    const Request request(TS_REQ_new());
    const Algorithm algorithm(X509_ALGOR_new());
    const Imprint imprint(TS_MSG_IMPRINT_new());
    const Number nonce(ASN1_INTEGER_new());
    Sha256 hash;
    hash.add(message);
    auto digest = hash.finishRaw();
    std::array<unsigned char, 8> random{};
    bool made = request && algorithm && imprint && nonce && RAND_bytes(random.data(), int(random.size())) == 1;
    random[0] = (random[0] & 0x7f) | 0x40; // positive, and of one length
    made = made && ASN1_STRING_set(nonce.get(), random.data(), int(random.size())) == 1 && X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
           TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 && TS_MSG_IMPRINT_set_msg(imprint.get(), digest.data(), int(digest.size())) == 1 && TS_REQ_set_version(request.get(), 1) == 1 &&
           TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 && TS_REQ_set_nonce(request.get(), nonce.get()) == 1 && TS_REQ_set_cert_req(request.get(), 1) == 1;
    unsigned char* der = nullptr;
    const int size = made ? i2d_TS_REQ(request.get(), &der) : -1;
    if (size <= 0)
        return fail(ErrorCode::Internal, u"The time-stamp request could not be made."_s, {}, reason());
    StampRequest answer{.der = QByteArray(reinterpret_cast<const char*>(der), size), .nonce = bytesOf(nonce.get())};
    OPENSSL_free(der);
    return answer;
}

StampCheck checkStamp(const QByteArray& message, const QByteArray& bytes, const QString& authority, const QByteArray& nonce)
{
    StampCheck checked;
    const auto fails = [&checked](const QString& text) {
        checked.findings.append({Finding::State::Fails, text});
        return checked;
    };
    ERR_clear_error();
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.constData());
    const auto* const end = data + bytes.size();
    const Response response(d2i_TS_RESP(nullptr, &data, static_cast<long>(bytes.size())));
    if (!response || data != end)
        return fails(u"The time stamp is none: %1."_s.arg(reason()));
    const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get())));
    TS_TST_INFO* info = TS_RESP_get_tst_info(response.get());
    if ((status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) || !info)
        return fails(u"The time-stamp server refused (status %1)."_s.arg(status));
    TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING* stamped = TS_MSG_IMPRINT_get_msg(imprint);
    if (OBJ_obj2nid(algorithm) != NID_sha256 || QByteArray(reinterpret_cast<const char*>(ASN1_STRING_get0_data(stamped)), ASN1_STRING_length(stamped)).toHex() != Sha256::of(message))
        return fails(u"The time stamp is of something else than this record."_s);
    if (!nonce.isEmpty() && bytesOf(TS_TST_INFO_get_nonce(info)) != nonce)
        return fails(u"The time stamp does not answer our request: its nonce is another one."_s);
    PKCS7* token = TS_RESP_get_token(response.get());
    const Bio content(BIO_new(BIO_s_mem()));
    if (!token || !PKCS7_type_is_signed(token) || PKCS7_verify(token, nullptr, nullptr, nullptr, content.get(), PKCS7_NOVERIFY) != 1)
        return fails(u"The signature of the time stamp does not hold: %1."_s.arg(reason()));
    const Signers signers(PKCS7_get0_signers(token, nullptr, 0));
    checked.authority = signers ? nameOf(sk_X509_value(signers.get(), 0)) : QString{};
    const QDateTime at = timeOf(TS_TST_INFO_get_time(info));
    if (!at.isValid())
        return fails(u"The time stamp names no time."_s);
    ERR_clear_error();
    const QString when = at.toString(u"yyyy-MM-dd HH:mm:ss"_s) + u" UTC"_s;
    if (trusted(response.get(), message, authority, at)) {
        checked.at = at;
        checked.trusted = true;
        checked.findings.append({Finding::State::Holds, u"The time stamp says that this record existed at %1; it is of %2, whose authority is trusted."_s.arg(when, checked.authority)});
        return checked;
    }
    const QString why = reason();
    if (!authority.isEmpty())
        return fails(u"The time stamp is of %1, for whom the certificates in “%2” do not vouch: %3."_s.arg(checked.authority, authority, why));
    checked.at = at;
    checked.findings.append({Finding::State::Note, u"The time stamp says %1; it is of %2, whom no authority of this system vouches for: it proves nothing until its authority is named with --tsa-ca."_s.arg(when, checked.authority)});
    return checked;
}

Result<TimeStamp> requestStamp(const QByteArray& message, const QUrl& server, const QString& authority, const std::stop_token& stop)
{
    const QString unchanged = u"Nothing was written. Export without a time stamp, or try again later."_s;
    if (!server.isValid() || (server.scheme() != u"https" && server.scheme() != u"http") || server.host().isEmpty())
        return fail(ErrorCode::Usage, u"“%1” is no address of a time-stamp server."_s.arg(server.toDisplayString()), u"It begins with http:// or https://."_s);
    const auto request = makeStampRequest(message);
    if (!request)
        return fail(request.error());
    QNetworkAccessManager manager;
    if (const QList<QNetworkProxy> proxies = QNetworkProxyFactory::systemProxyForQuery(QNetworkProxyQuery(server)); !proxies.isEmpty())
        manager.setProxy(proxies.first());
    QNetworkRequest http(server);
    http.setHeader(QNetworkRequest::ContentTypeHeader, u"application/timestamp-query"_s);
    http.setRawHeader("Accept", "application/timestamp-reply");
    http.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    http.setTransferTimeout(limitMs);
    const std::unique_ptr<QNetworkReply> reply(manager.post(http, request->der));
    QEventLoop loop;
    QTimer watch;
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    QObject::connect(&watch, &QTimer::timeout, reply.get(), [&reply, &stop] {
        if (stop.stop_requested() || reply->bytesAvailable() > largestAnswer)
            reply->abort();
    });
    watch.start(sliceMs);
    if (!reply->isFinished())
        loop.exec();
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, u"The export was cancelled."_s);
    const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status == 0)
        return fail(ErrorCode::Unreachable, u"The time-stamp server %1 did not answer."_s.arg(server.host()), unchanged, reply->errorString());
    if (status != 200)
        return fail(ErrorCode::BadInput, u"The time-stamp server %1 answered with HTTP status %2."_s.arg(server.host()).arg(status), unchanged);
    if (reply->bytesAvailable() > largestAnswer)
        return fail(ErrorCode::BadInput, u"The answer of the time-stamp server %1 is too long for a time stamp."_s.arg(server.host()), unchanged);
    TimeStamp stamp{.response = reply->readAll(), .server = server.host(), .authority = {}, .at = {}};
    const StampCheck checked = checkStamp(message, stamp.response, authority, request->nonce);
    if (!checked.trusted)
        return fail(ErrorCode::UntrustedCertificate, u"The answer of the time-stamp server %1 cannot be relied on."_s.arg(server.host()), unchanged + u" The certificates of its authority are named with --tsa-ca."_s,
                    checked.findings.isEmpty() ? QString{} : checked.findings.first().text);
    stamp.at = checked.at;
    stamp.authority = checked.authority;
    return stamp;
}

} // namespace scalekeep::record
