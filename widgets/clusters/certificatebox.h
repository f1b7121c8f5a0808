#pragma once

#include "engine/cluster/login.h"
#include "widgets/common/parts.h"

class QFormLayout;
class QRadioButton;

namespace scalekeep::widgets {

/// The question about a certificate whose issuer is not known: what is in it, a field to compare the fingerprint, and what to trust.
class CertificateBox : public QWidget {
    Q_OBJECT
public:
    explicit CertificateBox(QWidget* parent = nullptr);
    void setCertificate(const cluster::Certificate& certificate);
    [[nodiscard]] bool isAsked() const { return !m_certificate.fingerprint.isEmpty(); }
    void forget();                              ///< another server: the question is no longer about it
    /// What the user trusts, as it stands in the box.
    [[nodiscard]] cluster::Trust trust() const;
    /// False while the expected fingerprint differs, or no CA file is chosen.
    [[nodiscard]] bool isAcceptable() const;

Q_SIGNALS:
    void changed();

private:
    QLabel* addField(QFormLayout* form, const QString& title);
    void compare();
    void browse();

    cluster::Certificate m_certificate;
    QLabel *m_subject, *m_issuer, *m_valid, *m_fingerprint;
    QLineEdit* m_expected;
    GlyphLabel* m_equalGlyph;
    QLabel* m_equal;
    QRadioButton *m_trustThis, *m_trustFile;
    QLineEdit* m_file;
    QPushButton* m_browse;
};

} // namespace scalekeep::widgets
