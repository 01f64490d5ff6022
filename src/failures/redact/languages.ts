/** Names of secrets in other languages than English, as keys and labels have them, in small letters and without spaces. */
export const foreignNames: readonly string[] = words(`
  passwort passwörter kennwort geheimnis geheim zugangsdaten zugriffstoken kreditkarte kreditkartennummer kartennummer
  kontonummer sicherheitscode geheimschlüssel privatschlüssel apischlüssel zugriffsschlüssel
  motdepasse mdp codesecret clésecrète clesecrete cléprivée cleprivee cléapi cleapi jeton numérodecarte numerodecarte
  contraseña contrasena secreto clavesecreta claveprivada claveapi clavedeacceso númerodetarjeta numerodetarjeta credenciales
  senha palavrapasse segredo chavesecreta chaveprivada chavedeapi númerodocartão numerodocartao credenciais
  paroladordine segreto chiavesegreta chiaveprivata chiaveapi numerodicarta credenziali codicesegreto
  wachtwoord toegangscode toegangstoken kaartnummer rekeningnummer privésleutel
  hasło haslo sekret kluczprywatny kluczapi numerkarty
  şifre sifre parola gizlianahtar kartnumarası
  lösenord losenord adgangskode kodeord passord salasana heslo jelszó jelszo parolă parool slaptažodis lozinka geslo
  пароль пароля секрет токен секретныйключ закрытыйключ номеркарты парола лозинка
  κωδικός κωδικόςπρόσβασης συνθηματικό
  סיסמה סיסמא كلمةالمرور كلمةالسر رمزعبور पासवर्ड รหัสผ่าน mậtkhẩu matkhau katasandi
  密码 密碼 口令 密钥 密鑰 令牌 私钥 私鑰 卡号 卡號 验证码 驗證碼
  パスワード 暗証番号 秘密鍵 トークン シークレット カード番号
  비밀번호 암호 비밀키 토큰 카드번호
`);

/** Those of them that stand within longer words, where no capital tells them apart: `benutzerpasswort`, `用户密码`. */
export const foreignInside: RegExp =
  /passwort|kennwort|motdepasse|contrase[nñ]a|wachtwoord|palavrapasse|l[oö]senord|adgangskode|salasana|пароль|парол|密码|密碼|密钥|密鑰|令牌|パスワード|暗証番号|秘密鍵|トークン|비밀번호|비밀키|รหัสผ่าน/;

/** The last words of names that are written apart: `mot de passe`, `mật khẩu`. */
export const foreignLast: ReadonlySet<string> = new Set(
  words(`
    chiave passe secret secrète secrete privée privee tarjeta acceso api privada secreta cartão cartao ordine privata segreta carta
    prywatny karty anahtar numarası ключ карты πρόσβασης المرور السر عبور khẩu khau sandi schlüssel clave
  `),
);

function words(list: string): string[] {
  return list.split(/\s+/).filter((word) => word !== '');
}
