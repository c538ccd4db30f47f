/** A percent-escape of a character that needs none: whoever reads the path may take it for the character. */
const needlessEscape = /%(2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/gi;

/**
 * The URL of a request line, whatever a client has put there. It is nearly always a path, which may begin with
 * two slashes and must not be taken for a host; a proxy sends a whole URL; `*` and worse get the path `/`. The path is
 * in its normal form (RFC 3986, section 6.2.2.2), so that routes, guard and destination read the same in it.
 */
export function requestUrl(target: string): URL {
  const whole = target.startsWith("/") ? `http://gateway${target}` : target;
  const url = URL.parse(whole) ?? new URL("http://gateway/");
  if (url.pathname.includes("%")) {
    url.pathname = url.pathname.replace(needlessEscape, (needless) => decodeURIComponent(needless));
  }
  return url;
}
