/** The written form of a credential. */
export interface SecretFormat {
  kind: string;
  /**
   * Source of a pattern for the credential, or for its beginning when `rest` says how it goes on. At most
   * 200 characters match, the first of them not in the middle of a word.
   */
  head: string;
  /** Characters that go on with the credential, as in a regular expression's class. Without it the head is all. */
  rest?: string;
}

const noWordBehind = "(?![A-Za-z0-9_])";
const noTokenBehind = "(?![A-Za-z0-9_-])";
/** A digit somewhere: words joined by dashes are names, not keys. */
const hasDigit = "(?=[A-Za-z_-]{0,47}[0-9])";

/** Credentials of clouds and providers that can be told by their form. Order: the more specific before the more general. */
export const secretFormats: readonly SecretFormat[] = [
  { kind: "aws_access_key_id", head: `(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}${noWordBehind}` },
  {
    kind: "aws_secret_access_key",
    head: `(?<=[Ss]ecret_?(?:[Aa]ccess_?)?[Kk]ey["']?\\s{0,3}[:=]\\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])`,
  },
  {
    kind: "aws_secret_access_key",
    head: `(?<=SECRET_?(?:ACCESS_?)?KEY["']?\\s{0,3}[:=]\\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])`,
  },
  { kind: "google_api_key", head: `AIza[A-Za-z0-9_-]{35}${noTokenBehind}` },
  { kind: "google_oauth_secret", head: `GOCSPX-[A-Za-z0-9_-]{28}${noTokenBehind}` },
  { kind: "google_oauth_token", head: `ya29\\.[A-Za-z0-9_-]{20}`, rest: "A-Za-z0-9_-" },
  {
    kind: "azure_storage_key",
    head: "(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])",
  },
  { kind: "azure_shared_key", head: `(?<=Shared(?:Access)?Key=)[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])` },
  { kind: "github_token", head: `gh[pousr]_[A-Za-z0-9]{36}`, rest: "A-Za-z0-9_" },
  { kind: "github_token", head: `github_pat_[A-Za-z0-9_]{22}`, rest: "A-Za-z0-9_" },
  {
    kind: "gitlab_token",
    head: `gl(?:pat|ptt|dt|rt|cbt|oas|soat|agent|ft|imt)-[A-Za-z0-9_-]{20}`,
    rest: "A-Za-z0-9_-",
  },
  { kind: "slack_token", head: `xox[abeoprs]-[A-Za-z0-9-]{10}`, rest: "A-Za-z0-9-" },
  { kind: "slack_token", head: `xapp-[0-9]-[A-Za-z0-9-]{10}`, rest: "A-Za-z0-9-" },
  {
    kind: "slack_webhook",
    head: `hooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9]{6,16}/[A-Za-z0-9]{6,24}/[A-Za-z0-9]{16}`,
    rest: "A-Za-z0-9/",
  },
  { kind: "stripe_key", head: `[sr]k_(?:live|test)_[A-Za-z0-9]{16}`, rest: "A-Za-z0-9" },
  { kind: "stripe_webhook_secret", head: `whsec_[A-Za-z0-9]{24}`, rest: "A-Za-z0-9+/=" },
  { kind: "anthropic_key", head: `sk-ant-[A-Za-z0-9_-]{20}`, rest: "A-Za-z0-9_-" },
  {
    kind: "openai_key",
    head: `sk-(?:proj|svcacct|admin|None|or-v1|sluice)-[A-Za-z0-9_-]{16}`,
    rest: "A-Za-z0-9_-",
  },
  { kind: "openai_key", head: `sk-${hasDigit}[A-Za-z0-9_-]{20}`, rest: "A-Za-z0-9_-" },
  { kind: "hugging_face_token", head: `hf_[A-Za-z0-9]{30}`, rest: "A-Za-z0-9" },
  { kind: "npm_token", head: `npm_[A-Za-z0-9]{36}${noWordBehind}` },
  { kind: "pypi_token", head: `pypi-AgE[A-Za-z0-9_-]{30}`, rest: "A-Za-z0-9_-" },
  { kind: "groq_key", head: `gsk_[A-Za-z0-9]{40}`, rest: "A-Za-z0-9" },
  { kind: "xai_key", head: `xai-[A-Za-z0-9]{60}`, rest: "A-Za-z0-9" },
  { kind: "databricks_token", head: `dapi[0-9a-f]{32}(?:-[0-9])?${noWordBehind}` },
  { kind: "digitalocean_token", head: `do[opr]_v1_[0-9a-f]{64}${noWordBehind}` },
  { kind: "twilio_key", head: `SK[0-9a-f]{32}${noWordBehind}` },
  {
    kind: "twilio_auth_token",
    head: `(?<=[Tt]wilio[A-Za-z_ ]{0,20}["']?\\s{0,3}[:=]?\\s{0,3}["']?)[0-9a-f]{32}${noWordBehind}`,
  },
  {
    kind: "twilio_auth_token",
    head: `(?<=TWILIO[A-Z_]{0,20}["']?\\s{0,3}[:=]\\s{0,3}["']?)[0-9a-f]{32}${noWordBehind}`,
  },
  { kind: "sendgrid_key", head: `SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}`, rest: "A-Za-z0-9_-" },
  {
    kind: "jwt",
    head: `(?<![A-Za-z0-9_])eyJ[A-Za-z0-9_-]{10,180}\\.eyJ[A-Za-z0-9_-]{6}`,
    rest: "A-Za-z0-9_.-",
  },
];
