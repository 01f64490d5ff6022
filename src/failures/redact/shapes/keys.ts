/** Keys that are told by the prefixes which services put before them, so that they can be found where they do not belong. */

/** By service: what its keys look like today. Each is tried on single words of some length. */
export const services: Readonly<Record<string, RegExp>> = {
  '1Password':
    /ops_eyJ[\w-]{20,}|A3-[A-Z\d]{6}-(?:[A-Z\d]{11}|[A-Z\d]{6}-[A-Z\d]{5})(?:-[A-Z\d]{5}){3}/,
  Adafruit: /aio_[A-Za-z\d]{28}/,
  Adyen: /AQE[\w+/=-]{60,}/,
  Age: /AGE-SECRET-KEY-1[A-Z\d]{58}/,
  Airtable: /pat[A-Za-z\d]{14}\.[a-f\d]{64}/,
  Alibaba: /LTAI[A-Za-z\d]{12,20}/,
  Anthropic: /sk-ant-[\w-]{20,}/,
  Asana: /[12]\/\d{10,17}(?:\/\d{10,17})?:[a-f\d]{32}/,
  Atlassian: /AT(?:ATT3|CTT3|BB|LT|TA)[\w=-]{20,}/,
  AWS: /A(?:KIA|SIA|IDA|ROA|BIA|CCA|GPA|NPA|PKA|SCA)[A-Z\d]{16}|ABSK[\w+/=-]{20,}|bedrock-api-key-[\w+/=-]{20,}|amzn\.mws\.[a-f\d-]{36}/,
  Azure: /[\w~.-]{3}\dQ~[\w~.-]{31,34}|(?:[\w-]{76}AZDO[\w-]{4})/,
  Bitbucket: /BBDC-[A-Za-z\d+/]{20,}/,
  Bitcoin: /[t-z]prv[1-9A-HJ-NP-Za-km-z]{50,}/,
  Brevo: /x(?:keysib|smtpsib)-[a-f\d]{64}-[A-Za-z\d]{16}/,
  Buildkite: /bk(?:ua|ct|pat)?[_-][a-z\d]{20,}/,
  Cerebras: /csk-[a-z\d]{20,}/,
  CircleCI: /CCI(?:PAT|PRJ)_[\w-]{20,}/,
  Clojars: /CLOJARS_[a-z\d]{20,}/,
  Cloudflare: /v1\.0-[a-f\d]{24}-[a-f\d]{146}|cf(?:ut|at|k)_[\w-]{20,}/,
  Contentful: /CFPAT-[\w-]{20,}/,
  'crates.io': /cio_?[A-Za-z\d]{27,32}/,
  Databricks: /(?:dapi|dose)[a-f\d]{32}(?:-\d)?/,
  DigitalOcean: /do[opr]_v1_[a-z\d]{20,}/,
  Discord: /mfa\.[\w-]{20,}|[MNO][\w-]{22,27}\.[\w-]{6}\.[\w-]{27,}/,
  Docker: /dckr_(?:pat|oat)_[\w-]{20,}/,
  Doppler: /dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{20,}/,
  Dropbox: /sl\.(?:[a-z]{1,2}\.)?[\w-]{60,}/,
  Duffel: /duffel_(?:test|live)_[\w-]{20,}/,
  Dynatrace: /dt0[a-z]\d{2}\.[A-Z\d]{24}\.[A-Z\d]{64}/,
  E2B: /e2b_[a-f\d]{20,}/,
  EasyPost: /EZ[AT]K[A-Za-z\d]{54}/,
  Facebook: /EAA[A-Za-z\d]{20,}|\d{13,17}\|[\w-]{27}(?![\w-])/,
  Figma: /fig(?:[duor]|or)_[\w-]{20,}/,
  Firecrawl: /fc-[a-f\d]{32}/,
  Fireworks: /fw_[A-Za-z\d]{20,}/,
  Flutterwave: /FLW(?:PUB|SEC)K(?:_TEST)?-[\w-]{12,}/,
  Fly: /fo1_[\w-]{20,}|fm[12][ar]?_[\w+/=-]{20,}/,
  GitHub: /gh[oprsu]_\w{20,}|github_pat_\w{20,}|v1\.[a-f\d]{40}(?![a-f\d])/,
  GitLab:
    /gl(?:pat|rt|rtr|dt|ft|imt|agent|oas|soat|cbt|ptt|ffct|wt)-[\w.-]{20,}|GR1348941[\w-]{20}/,
  Google:
    /AIza[\w-]{30,}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,}|1\/\/0[\w-]{20,}|AQ\.(?=[A-Za-z_-]*\d)[\w-]{20,}/,
  Grafana: /glsa_\w{20,}|glc_[\w+/=-]{20,}|eyJrIjoi[\w=-]{20,}/,
  Groq: /gsk_[A-Za-z\d]{20,}/,
  Harness: /(?:pat|sat)\.[\w-]{22}\.[a-f\d]{24}\.[A-Za-z\d]{20}/,
  HashiCorp:
    /hv[sbr]\.[\w-]{20,}|[sb]\.(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z\d]{24}(?!\w)|(?:[A-Za-z\d]{14}\.)?atlasv1\.[\w=-]{20,}/,
  Heroku: /HRKU-[\w-]{20,}/,
  HubSpot: /pat-(?:na|eu|ap)\d-[a-f\d-]{36}/,
  'Hugging Face': /hf_oauth_[\w.-]{20,}|(?:hf|api_org)_[A-Za-z\d]{20,}/,
  Infisical: /st\.[a-f\d-]{8,36}\.[a-f\d]{20,}\.?[a-f\d]*/,
  Instagram: /IG[QA][A-Za-z\d-]{20,}/,
  Jina: /jina_[a-f\d]{32}[\w-]{20,}/,
  JFrog: /AKCp[A-Za-z\d]{20,}|cmVmdGtu[\w=]{20,}/,
  LangSmith: /lsv2_(?:pt|sk)_[a-f\d]{32}_[a-f\d]{10}/,
  LaunchDarkly: /(?:api|sdk|mob|rel)-[a-f\d]{8}-[a-f\d]{4}-4[a-f\d]{3}-[a-f\d]{4}-[a-f\d]{12}/,
  Linear: /lin_(?:api|oauth)_[A-Za-z\d]{20,}/,
  Lob: /(?:live|test)_(?:pub_)?[a-f\d]{31,35}(?![a-f\d])/,
  Mailchimp: /[a-f\d]{32}-us\d{1,2}/,
  Mailgun: /key-[a-f\d]{32}|[a-f\d]{32}-[a-f\d]{8}-[a-f\d]{8}/,
  Mandrill: /md-[\w-]{22}/,
  Mapbox: /[st]k\.eyJ[\w.-]{20,}/,
  'MongoDB Atlas': /mdb_sa_(?:sk|id)_[\w-]{20,}/,
  Neon: /napi_[a-z\d]{20,}/,
  Netlify: /nf[pocu]_[A-Za-z\d]{20,}/,
  'New Relic': /NR(?:AK|II|IQ|JS|RA|SP)-[\w-]{20,}|NRAL[\w-]{20,}|[a-f\d]{36,40}NRAL/,
  ngrok:
    /(?=[A-Za-z]*\d)(?=[A-Z\d]*[a-z])[A-Za-z\d]{27}_[A-Za-z\d]{21}(?!\w)|ak_[23][A-Za-z\d]{26}/,
  Notion: /(?:secret|ntn)_[A-Za-z\d]{20,}/,
  npm: /npm_\w{20,}/,
  NuGet: /oy2[a-z\d]{43}/,
  NVIDIA: /nvapi-[\w-]{20,}/,
  Okta: /00(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{40}(?![\w-])/,
  OpenAI: /sk-[\w-]{20,}|sess-[A-Za-z\d]{40}/,
  PASETO: /v[1-4]\.(?:local|public)\.[\w-]{20,}(?:\.[\w-]+)?/,
  PayPal: /access_token\$(?:production|sandbox)\$[a-z\d]{16}\$[a-f\d]{32}/,
  Perplexity: /pplx-[A-Za-z\d]{20,}/,
  Pinecone: /pcsk_\w{20,}/,
  Plaid: /(?:access|public|link)-(?:sandbox|development|production)-[a-f\d-]{36}/,
  PlanetScale: /pscale_(?:tkn|pw|oauth)_[\w.=-]{20,}/,
  PostHog: /ph[cxs]_[A-Za-z\d]{20,}/,
  Postman: /PMAK-[a-f\d]{24}-[a-f\d]{20,}/,
  Prefect: /pn[ub]_[a-zA-Z\d]{36}/,
  Pulumi: /pul-[a-f\d]{20,}/,
  PyPI: /pypi-[\w-]{20,}/,
  Razorpay: /rzp_(?:live|test)_[A-Za-z\d]{14}/,
  ReadMe: /rdme_[a-z\d]{20,}/,
  Render: /rnd_[A-Za-z\d]{20,}/,
  Replicate: /r8_[A-Za-z\d]{20,}/,
  Resend: /re_[A-Za-z\d]{8}_[A-Za-z\d]{20,}/,
  RubyGems: /rubygems_[a-f\d]{20,}/,
  Salesforce: /00D[A-Za-z\d]{9,15}![\w.-]{40,}/,
  SendGrid: /SG\.[\w-]{16,}\.[\w-]{16,}/,
  Sentry: /sntry[a-z]_[\w+/=-]{20,}/,
  Shippo: /shippo_(?:live|test)_[a-f\d]{40}/,
  Shopify: /(?:shp[a-z]{2}|prtapi)_[a-zA-Z\d]{20,}/,
  Slack: /xox[a-z](?:\.xox[bp])?-[\w-]{10,}|xapp-\d-[\w-]{20,}|xwfp-[\w-]{20,}/,
  SonarQube: /sq[apu]_[a-f\d]{20,}/,
  Sourcegraph: /sg[pdm]_(?:[a-f\d]{16}_|local_)?[a-f\d]{40}/,
  Square: /sq0[a-z]{3}-[\w-]{22,}|EAAA[\w-]{60}/,
  Stripe: /[eprs]k_(?:org_)?(?:live|test|prod)_\w{10,}|whsec_[\w+/=]{24,}/,
  Supabase: /sbp_(?:oauth_)?[a-f\d]{20,}|sb_(?:secret|publishable)_[\w-]{20,}/,
  Tailscale: /tskey-[a-z]+-[\w-]{10,}/,
  Tavily: /tvly-(?:(?:dev|prod)-)?[\w-]{20,}/,
  Telegram: /(?:bot)?\d{8,10}:AA[\w-]{32,34}/,
  Together: /tgp_v1_[\w-]{20,}/,
  Trello: /ATTA[a-zA-Z\d]{30,}/,
  Twilio: /(?:AC|SK)[a-f\d]{32}/,
  Twitch: /oauth:[a-z\d]{30}(?!\w)/,
  Twitter: /A{16,}[A-Za-z\d%]{40,}/,
  Typeform: /tfp_[\w.=-]{20,}/,
  Vercel: /vercel_\w{20,}|vc(?:[apikr]|st)_[A-Za-z\d]{20,}/,
  Voyage: /pa-(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{40,}/,
  WorkOS: /sk_(?:live|test|example)_[A-Za-z\d]{20,}/,
  xAI: /xai-[A-Za-z\d]{20,}/,
  Yandex: /AQVN[\w-]{20,}|y[01]_[\w-]{20,}|t1\.[\w-]{7,}\.[\w-]{20,}/,
  Zoho: /1000\.[a-f\d]{32}\.[a-f\d]{32}/,
};

/**
 * What no list has: words that say themselves that they are keys, and behind them what is no word, such as
 * `acme_live_…`, `shop_sk_…`. Ids look the same behind other words (`req_…`, `cus_…`), and stay.
 */
const unlisted =
  /(?:[a-z][a-z\d]{1,15}[_-]){0,2}(?:api|auth|key|live|oauth|pat|prod|sandbox|secret|sk|tok|token)[_-](?=(?:[A-Za-z]*\d){3})(?=\d*[A-Za-z])[A-Za-z\d]{20,}/;

/** Behind the word of its maker, a key is longer than an id, and no hash. */
const longest =
  /(?:[a-z][a-z\d]{1,15}_){1,2}(?=(?:[A-Za-z]*\d){5})(?=[a-f\d]*[g-zA-Z])[A-Za-z\d]{36,}/;

/** Addresses that anybody may post to who knows them. */
const hooks =
  /(?:webhook\.office\.com\/webhookb2|outlook\.office\.com\/webhook|hooks\.zapier\.com\/hooks\/catch|hook\.(?:[a-z]{2}\d\.)?make\.com|hook\.integromat\.com|maker\.ifttt\.com\/trigger\/\w{1,60}\/with\/key|open\.feishu\.cn\/open-apis\/bot\/v2\/hook|discord(?:app)?\.com\/api\/webhooks|hooks\.slack\.com\/(?:services|workflows|triggers))\/[\w@/-]{16,}/;

/** All of them. A key may stand behind a sign or a dash, but not within a word. */
export const keys: RegExp = new RegExp(
  `(?<![A-Za-z\\d])(?:${[...Object.values(services), unlisted, longest, hooks]
    .map(({ source }) => source)
    .join('|')})`,
  'g',
);

/** Words in which a key may be: shorter ones are none. */
export const long: RegExp = /[\w.$!~+/=:%@|-]{16,}/g;
