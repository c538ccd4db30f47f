/**
 * Values of every kind for tests, none of them real: reserved domains and numbers, documented test cards.
 * Credentials are put together from parts, so that nobody's scanner takes this file for a leak.
 */
const letters = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL";

/** Characters of a made-up token. */
export function tokenCharacters(length: number): string {
  return letters.repeat(Math.ceil(length / letters.length)).slice(0, length);
}

const pem = (label: string): string =>
  [`-----BEGIN ${label}-----`, tokenCharacters(64), tokenCharacters(40), `-----END ${label}-----`].join("\n");

/** Kind of value → examples. */
export const sampleValues: Readonly<Record<string, readonly string[]>> = {
  email: ["alice@example.com", "o.brien+news@mail.example.co.uk", "jürgen.groß@bücher.example"],
  phone: ["+49 30 2158450", "+1 (415) 555-0132", "415-555-0132", "(415) 555-0132 ext. 12", "+86 13271208328"],
  us_ssn: ["219-09-9999", "078 05 1121"],
  credit_card: ["4111 1111 1111 1111", "4111111111111111", "3782-822463-10005", "6011000990139424"],
  iban: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"],
  ip_address: ["203.0.113.7", "2001:db8::ff00:42:8329", "fe80::67be"],
  aws_access_key_id: [`AKIA${"IOSFODNN7EXAMPLE"}`],
  google_api_key: [`AIza${tokenCharacters(35)}`],
  google_oauth_secret: [`GOCSPX-${tokenCharacters(28)}`],
  google_oauth_token: [`ya29.${tokenCharacters(60)}`],
  azure_storage_key: [`${tokenCharacters(86)}==`],
  github_token: [`ghp_${tokenCharacters(36)}`, `github_pat_${tokenCharacters(22)}_${tokenCharacters(59)}`],
  gitlab_token: [`glpat-${tokenCharacters(20)}`],
  slack_token: [`xoxb-${"123456789012"}-${tokenCharacters(24)}`],
  stripe_key: [`sk_live_${tokenCharacters(24)}`, `rk_live_${tokenCharacters(99)}`],
  anthropic_key: [`sk-ant-api03-${tokenCharacters(93)}-AA`],
  openai_key: [`sk-proj-${tokenCharacters(150)}`, `sk-${tokenCharacters(48)}`],
  hugging_face_token: [`hf_${tokenCharacters(34)}`],
  npm_token: [`npm_${tokenCharacters(36)}`],
  twilio_key: [`SK${"0123456789abcdef".repeat(2)}`],
  sendgrid_key: [`SG.${tokenCharacters(22)}.${tokenCharacters(43)}`],
  jwt: [`eyJhbGciOiJIUzI1NiJ9.eyJ${tokenCharacters(400)}.${tokenCharacters(43)}`],
  private_key: [pem("PRIVATE KEY"), pem("RSA PRIVATE KEY"), pem("OPENSSH PRIVATE KEY")],
};
