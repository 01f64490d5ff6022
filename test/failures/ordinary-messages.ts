// Messages of every day, which say something of secrets at most and have none. They must come out as they are.

export const ordinaryMessages: readonly string[] = `
connect ECONNREFUSED 127.0.0.1:5432
connect ETIMEDOUT 10.12.0.7:6379
getaddrinfo ENOTFOUND db.internal
getaddrinfo EAI_AGAIN auth.eu-west-1.internal
read ECONNRESET
write EPIPE
socket hang up
fetch failed
other side closed
Client network socket disconnected before secure TLS connection was established
unable to verify the first certificate
certificate has expired
self-signed certificate in certificate chain
Hostname/IP does not match certificate's altnames: Host: db.internal. is not in the cert's altnames
Request failed with status code 401
Request failed with status code 503
timeout of 5000ms exceeded
The operation was aborted due to timeout
The user aborted a request.
Unexpected token '<', "<!DOCTYPE "... is not valid JSON
Unexpected token } in JSON at position 42
Unexpected token: eof
Unexpected token: punc (})
Unexpected token: 'export'
SyntaxError: Unexpected token: name (foo)
Expected token: ';' but found 'if'
Invalid or unexpected token
Unexpected end of JSON input
Unterminated string in JSON at position 1024
Cannot read properties of undefined (reading 'token')
Cannot read properties of null (reading "password")
Cannot read properties of undefined (reading 'session')
Cannot set properties of undefined (setting 'cookie')
Cannot destructure property 'password' of 'req.body' as it is undefined.
req.session.regenerate is not a function
auth is not defined
token is not iterable
Cannot access 'secret' before initialization
Maximum call stack size exceeded
Invalid array length
Reduce of empty array with no initial value
The "path" argument must be of type string. Received undefined
ENOENT: no such file or directory, open '/etc/ssl/private/server.key'
ENOENT: no such file or directory, open '/run/secrets/db_password'
EACCES: permission denied, open '/var/lib/app/session.json'
EADDRINUSE: address already in use :::3000
EMFILE: too many open files, open '/srv/app/src/auth/token.ts'
Cannot find module './auth/token.ts' imported from /srv/app/index.ts
error at /srv/app/src/auth/token.ts:10:5
at login (file:///srv/app/src/session.ts:10:5)
listen EACCES: permission denied 0.0.0.0:443
Invalid password
Invalid username or password.
The password is incorrect
wrong password
password must be at least 8 characters
password: must be at least 8 characters
password: min length 12
password: required
password: is too common
password: must contain at least 1 digit and 1 symbol
password: should not be empty
password: String must contain at least 8 character(s)
Password cannot be the same as the last 5 passwords
Password expired 3 days ago
Your password has been changed
Password reset link has expired
"password" is required
"password" length must be at least 8 characters long
password is a required field
child "password" fails because ["password" is not allowed to be empty]
Passwords do not match
passwords: 3 of 5 were rotated
password hash is missing
Data must be a string and password must be a string
data and hash arguments required
Illegal arguments: undefined, string
secretOrPrivateKey must have a value
secretOrPublicKey is not valid key material
secret: not found
secret option required for sessions
Secret "db-creds" not found in namespace "shop"
secrets "registry" is forbidden: User "system:serviceaccount:ci:default" cannot get resource "secrets"
Secret 'prod/db' does not exist
MountVolume.SetUp failed for volume "tls" : secret "tls-cert" not found
couldn't find key url in Secret shop/db
failed to sync secret cache: timed out waiting for the condition
secretary of the board
not authorized to perform: secretsmanager:GetSecretValue
User: arn:aws:sts::123456789012:assumed-role/app/i-0abc is not authorized to perform: kms:Decrypt
User is not authorized to perform: iam:PassRole on resource
AccessDenied: not authorized to perform sts:AssumeRoleWithWebIdentity
The security token included in the request is expired
The security token included in the request is invalid.
Missing Authentication Token
ExpiredToken: The provided token has expired.
Token is expired
token: expired
token expired at 2026-11-20T12:00:00.000Z
token used before issued
Invalid token: unexpected end of input
Invalid token specified: missing part #2
invalid token
TokenExpiredError: jwt expired
JsonWebTokenError: invalid signature
JsonWebTokenError: jwt malformed
NotBeforeError: jwt not active
jwt audience invalid. expected: shop
jwt issuer invalid. expected: https://auth.shop.example/
jwt must be provided
invalid algorithm
token: refresh failed
token: too long
token type not supported
TokenService: stopped after 3 attempts
SessionManager: reconnecting to 10.0.0.1:6379
InvalidPasswordError: try again
CredentialsProviderError: Could not load credentials from any providers
Unable to locate credentials
No credentials found in the environment
credentials: not found
Bad credentials
Requires authentication
Bearer authentication required
Bearer token is missing
Basic authentication failed
Basic information is missing
missing header: authorization
Authorization header missing
Authorization header is badly formatted
authorization: required
authorization failed for user 42
auth: no such user
auth: timed out after 5 s
auth failed
Auth0: unauthorized client
authentication mechanism SCRAM-SHA-256 not supported
password authentication failed for user "postgres"
no password supplied
no pg_hba.conf entry for host "10.0.0.7", user "app", database "shop", no encryption
SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string
Access denied for user 'root'@'localhost' (using password: YES)
Access denied for user 'app'@'10.0.0.7' (using password: NO)
Authentication plugin 'caching_sha2_password' cannot be loaded
NOAUTH Authentication required.
WRONGPASS invalid username-password pair or user is disabled.
ERR AUTH <password> called without any password configured for the default user
ERR Client sent AUTH, but no password is set
MISCONF Redis is configured to save RDB snapshots
LOADING Redis is loading the dataset in memory
READONLY You can't write against a read only replica.
WRONGTYPE Operation against a key holding the wrong kind of value
ERR value is not an integer or out of range: key 'user:42:visits'
MOVED 3999 127.0.0.1:6381
Connection is closed.
session closed by the server
session: connection lost
session expired
Session not found
sessions: 12 active, 3 idle
session_duration: 3600
session timeout after 30 minutes
Cannot use a session that has ended
no open session
cookie consent is missing
cookie: SameSite=None requires Secure
Set-Cookie: SameSite=Lax; Secure
cookie "theme" has been rejected
Some cookies are misusing the recommended SameSite attribute
cookies: blocked by the browser
CSRF token missing or incorrect
invalid csrf token
csrf check failed
ForbiddenError: invalid csrf token
XSRF check failed for POST /orders
nonce mismatch
nonce too low
nonce has already been used
signature mismatch
signature verification failed
No signatures found matching the expected signature for payload
signature: invalid
card declined by issuer
card: declined
Your card was declined.
Your card has insufficient funds.
Your card's security code is incorrect.
card_number is required
cvv: required
cvc check failed
Payment method pm_card_visa was declined
pin is locked
PIN entry cancelled
pin 13 is not connected
pin: wrong
otp expired
OTP verification failed
otp: expired
passcode required
passphrase required for encrypted key
bad decrypt
pass: 2, fail: 3
pass 2 of 3
tests: 12, pass: 10, fail: 2, skipped: 0
5 passed, 3 failed
column "pass_count" does not exist at character 8
bypass list is empty
compass module not found
discard pile is empty
wildcard domains are not allowed
dashboard token count is off by one
maxTokens must be positive
maxTokens: 500
max_tokens=4096 exceeds the limit
max_tokens: 4096
prompt_tokens: 812, completion_tokens: 44
total_tokens: 856
tokens: 12
This model's maximum context length is 8192 tokens
tokens_used=17 tokens_limit=100
input_tokens: 12, output_tokens: 340, cache_read_input_tokens: 0
token limit of 128000 exceeded
rate limit: 3 tokens left in the bucket
token bucket is empty
tokenizer failed at byte 17
TokenBucket: refilled 10 tokens
key: value
key not found
key 'user:42' does not exist
keys: 3
Missing required key "name"
Invalid key length
Invalid key: expected a text
primary key must be unique
foreign key mismatch
api key is missing
API key not valid. Please pass a valid API key.
api_key: required
private key is required
public key: mismatch
license expired
license_key: missing
no matching host key type found. Their offer: ssh-rsa
Host key verification failed.
Permission denied (publickey,password).
connection string is empty
connectionString: required
The connection string must be provided
Invalid connection string
dsn: not configured
Sentry DSN is not set
DATABASE_URL is not set
Environment variable "DB_PASSWORD" is missing
Missing required environment variables: DB_PASSWORD, API_KEY
DB_PASSWORD is not set
process.env.SECRET is undefined
password=null
token=undefined
auth=true secure=false
password=\${DB_PASSWORD}
password=***
token=[FILTERED]
where password = ? and token = $1
where "token" = $1
update users set password = $2 where id = $1
select count(*) from sessions where expires < now()
duplicate key value violates unique constraint "users_pkey"
duplicate key value violates unique constraint "tokens_token_key"
null value in column "password" of relation "users" violates not-null constraint
column "password" does not exist
relation "sessions" does not exist
relation "auth.tokens" does not exist
unrecognized configuration parameter "password_encryption"
deadlock detected
canceling statement due to statement timeout
Key (id)=(42) already exists.
Duplicate entry '17' for key 'orders.PRIMARY'
Unknown column 'token' in 'where clause'
Table 'shop.sessions' doesn't exist
Field 'password' doesn't have a default value
E11000 duplicate key error collection: shop.users index: name_1 dup key: { name: "x" }
UNIQUE constraint failed: users.email
no such column: password
SQLITE_BUSY: database is locked
Unique constraint failed on the fields: (\`email\`)
Argument \`password\` is missing.
14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED
16 UNAUTHENTICATED: Request had invalid authentication credentials.
7 PERMISSION_DENIED: Missing or insufficient permissions.
invalid_grant: Token has been expired or revoked.
invalid_client: The OAuth client was not found.
error=access_denied&error_description=The+user+denied
grant_type=refresh_token is not supported
response_type=code&scope=openid
https://example.com/users/42?page=2&sort=name
https://medium.com/@someone/an-article
https://auth.example.com/.well-known/openid-configuration returned 404
GET http://127.0.0.1:3000/orders/1732060800000 returned 500
POST /session 401
DELETE /tokens/7 204
GET /auth/callback took 1032 ms
order 1732060800000 not found
order 4000123412341234567 is unknown
trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7
request 123e4567-e89b-12d3-a456-426614174000 failed
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
commit 3ed0918b1a2c4d5e6f708192a3b4c5d6e7f80912 is not on main
etag "33a64df551425fcc55e4d42a148795d9f25f89d4" does not match
image nginx@sha256:0d17b565c37bcbd895e9d92315a05c1c3c9a29f762b011a10c54a66cd53c9b31 not found
at 12:30:45 on 2026-11-20
took 3.1415926535897932 ms
latitude 52.5200066 longitude 13.4049540
version 24.21.0 is older than 25.0.0-rc.1
lodash@4.17.21 is deprecated
@types/node@24.19.2 needs TypeScript 5
typescript@next is not supported
icons/logo@2x.png not found
git@github.com:org/repo.git could not be read
git@2.43 required
user@host is no address
unit getty@tty1.service failed
ratio=0.5 window=10000 reserve=10
a == b
The number 123456789 is too large
phone +1 555 0100 is invalid
invoice 2026-11-0042 is overdue
IBAN is required
iban: invalid checksum
monkey patching is not allowed
naïve café — 100 % déjà vu 🎉
Zeile 10: Datei fehlt
Passwort ist falsch
Mot de passe incorrect
La contraseña no es válida
Senha incorreta
Неверный пароль
密码错误
パスワードが正しくありません
curl: (6) Could not resolve host: example.invalid
curl exited with 22
mysql exited with code 1
docker login failed
npm ERR! code E401
npm ERR! Incorrect or missing password.
redis-cli: command not found
openssl error:0308010C:digital envelope routines::unsupported
<password> is no valid element
Expected closing tag </token>
value of "name" is required
{"error":"invalid_token","error_description":"The access token expired"}
{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest"}
{"code":"auth/wrong-password","message":"The password is invalid"}
{"errors":[{"path":"password","message":"Too short"}]}
[{"code":"too_small","minimum":8,"path":["password"],"message":"Too short"}]
{ id: 17, tokens: 12, name: 'ann' }
Failed to compile: Module not found: Can't resolve 'next-auth/jwt'
[auth] [error] PrismaClientInitializationError: Can't reach database server at \`db:5432\`
Warning: data for page "/login" is 512 kB which exceeds the threshold
Hydration failed because the initial UI does not match
Worker terminated due to reaching memory limit: JS heap out of memory
worker 3 (pid 4711) was killed by SIGKILL
too many clients already
remaining connection slots are reserved for roles with the SUPERUSER attribute
could not serialize access due to concurrent update
Transaction already closed: the timeout was 5000 ms
quotes-api: retry-2 ended the call after 1000 ms
users: circuit-breaker is open; try again in 512 ms
Expected \`retries\` to be a non-negative number.
request req_011CSHoEeqs5C35K2UUqR7Fy was refused
customer cus_NffrFeUfNV2Hib1a2b3c4 has no source
message msg_01XFDUDYJgAACzvnptvVoYEL ended early
no cards in test_2026_11_28 of the sandbox
rows 2020, 2021, 2022, 2023 were read
index idx_live_orders_created_at_customer is corrupt
unknown module api-gateway-authentication-handler
schema v1.2.3 is older than v2
s.replaceAllOccurrencesOf is not a function
limit=40ms is too low
👩‍💻 joined the room
port ٨٠٨٠ is in use
sid: 1001
Schlüssel: fehlt
Chiave: non trovata
verification code: expired
Your verification code is wrong
password for ann was reset
token of the session is missing
GET /reset-password/ returned 404
GET /verify/42 returned 404
POST /invite/team returned 409
at worker.ts:10:5
echo hello | wc -l
net use failed with error 53
arn:aws:iam::123456789012:role/reader is not allowed
column "token" in (1, 2) is ambiguous
<key>name</key> is missing
env REDIS_PASSWORD is not set
ENV API_KEY was empty
auth=enabled
session=stale age=12
tokenType=Bearer refresh=never
credentials: 'omit'
cookie: { httpOnly: true, maxAge: 60000 }
session: { saveUninitialized: false, name: 'lax' }
arn:aws:secretsmanager:eu-central-1:210987654321:secret:mail-QwErTy is not readable
arn:aws:ssm:eu-central-1:210987654321:parameter/tokens is missing
vault login was refused
AUTH LOGIN is disabled
A1 NO LOGIN refused
PASS src/session.test.ts
pass=3 fail=0
nonce=12 block=9
token -> type
password for ann: expired
passphrase -> must be longer
card=mastercard last4=1111
GET /items?code=DE&t=12 200
user,reason
columns: id, token
acme_orders_2026_11_28_archive is missing
v1.public.users is locked
community string is unknown
signature: ES384
jwt: HS256
{"session":false,"token":null}
password for ann is too weak
`
  .split('\n')
  .filter((line) => line !== '');
