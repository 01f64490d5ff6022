// Ordinary messages that were written before the rules were looked at, to measure them by. They must come out as they are.

export const ordinary: readonly string[] = `
env NPM_TOKEN is not set
env STRIPE_SECRET_KEY must be set in production
ENV SESSION_SECRET was empty
export of GITHUB_TOKEN skipped
auth=none tls=on
auth=optional
auth=required
token=missing user=17
session=expired
csrf=failed ip=10.0.0.1
cookie=absent
password=unchanged
secret=rotated version=3
tokenType=Bearer scope=read
token_type=bearer expires_in=600
credentials: 'include'
credentials: 'omit'
credentials: "same-origin", mode: "cors"
cookie: { secure: true, sameSite: 'lax', maxAge: 3600 }
session: { cookie: { secure: true }, rolling: false }
auth: { enabled: false, strategy: 'jwt' }
arn:aws:secretsmanager:us-east-1:210987654321:secret:prod/db-XyZw12 could not be read
arn:aws:sns:eu-central-1:210987654321:tokens
projects/shop/secrets/db-pass/versions/3 is disabled
secret/data/shop/db: permission denied
https://vault.example/v1/secret/data/shop returned 403
token bucket "api" refilled
Token -> Expr
password -> hash took 90 ms
password for ann has expired
password for user ann: expired
token for service billing: revoked
code=42 reason=timeout
exit code=137
GET /search?code=US&lang=en 200
GET /oauth/callback?error=access_denied&state=x
columns: id, name, token
{"columns":["id","name"],"rows":[[1,"ann"]]}
LOGIN failed for ann
AUTH LOGIN is not offered by the server
A1 NO LOGIN failed
useradd: user ann already exists
keytool error: java.lang.Exception: Keystore file does not exist
keystore password was incorrect
Given final block not properly padded
vault login failed: permission denied
vault token lookup took 12 ms
snmp timeout for host 10.0.0.9
mosquitto version 2.0.18 starting
lftp: cannot resolve host
heroku config:get PORT
WIFI: signal lost
PASS 12 tests in 3 files
PASS src/auth/token.test.ts
PASS: 14, FAIL: 0
pass=12 fail=0 skip=1
key=user:17 miss
cache key users:17:session evicted
key "orders" is not indexed
v2.public.orders is locked
schema v1.local.users not found
00D is no id
expo-modules-core is missing
row 12|order|paid
signature=valid alg=RS256
nonce=17 block=3
sid=17 pid=4711
pin=13 mode=output
card=visa last4=4242
card: { brand: 'visa', last4: '4242' }
jwt=expired sub=17
bearer=absent
apiKey: 'missing'
api_key=invalid
dsn=unset
auth_method=password user=ann
password_encryption=scram-sha-256
passwordField: "#password"
{"type":"password","label":"Password","required":true}
{"name":"password","rule":"minLength"}
<input type="password" name="password">
<label for="token">Token</label>
Authorization: none
Cookie: none
WWW-Authenticate: Bearer realm="shop"
Access-Control-Allow-Headers: authorization, x-csrf-token
Set-Cookie was blocked by SameSite
SELECT token FROM sessions WHERE id = $1
alter table users drop column password
create user ann
password authentication is disabled
Wrong password, 2 attempts left
Your passcode must have 6 digits
OTP sent to your phone
secretName=db-creds namespace=shop
secretKeyRef: { name: db-creds, key: password }
valueFrom: secretKeyRef
token limit: 4096, used: 812
usage: { prompt_tokens: 12, completion_tokens: 8 }
tokens per second: 41.5
session 17 of 20 started
session pool exhausted (max 10)
auth service is unavailable
authorizer timed out after 3 s
certificate for api.example has expired
user ann (role: admin) signed in
PRIMARY KEY (id) violated
`
  .split('\n')
  .filter((line) => line !== '');
