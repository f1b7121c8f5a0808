#pragma once

#include "models/clusters/clusterhub.h"
#include "widgets/common/parts.h"

class QTabWidget;

namespace scalekeep::widgets {

class LoginLine;

/// The four ways to log in, as tabs: a pasted line, a token, user and password, a kubeconfig.
class LoginForms : public QWidget {
    Q_OBJECT
public:
    enum Tab { Line, Token, Password, Kubeconfig };

    explicit LoginForms(QWidget* parent = nullptr);
    void showTab(Tab tab);
    void focusFirst();                          ///< where the user begins to type
    /// For a login again: this server and no other.
    void fix(const QUrl& server, const QString& user);
    /// Where the login will be kept, said below the secrets.
    void setKept(const QString& text);
    /// What is typed, into server, token, user, password, kubeconfig, trust's CA file; an Error says what is still missing.
    Result<void> fill(models::LoginRequest& request) const;
    /// As far as it is known; for the suggested name.
    [[nodiscard]] QUrl server() const;
    /// Empties the fields with secrets.
    void forgetSecrets();

Q_SIGNALS:
    void changed();
    void submitted();

private:
    QWidget* makeLine();
    QWidget* makeToken();
    QWidget* makePassword();
    QWidget* makeKubeconfig();
    QLineEdit* field(const QString& name, const QString& title, const QString& placeholder, bool secret = false);
    void updateLine();

    QTabWidget* m_tabs;
    LoginLine* m_line = nullptr;
    GlyphLabel* m_lineGlyph = nullptr;
    QLabel* m_lineText = nullptr;
    QLineEdit *m_tokenServer = nullptr, *m_token = nullptr, *m_passwordServer = nullptr, *m_user = nullptr, *m_password = nullptr, *m_file = nullptr, *m_context = nullptr;
    QList<QLabel*> m_keptLabels;
    QString m_kept;
    QUrl m_fixed;
};

} // namespace scalekeep::widgets
