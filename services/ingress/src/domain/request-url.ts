/**
 * The URL of a request line, whatever a client has put there. It is nearly always a path, which may begin with
 * two slashes and must not be taken for a host; a proxy sends a whole URL; `*` and worse get the path `/`.
 */
export function requestUrl(target: string): URL {
  const whole = target.startsWith("/") ? `http://gateway${target}` : target;
  return URL.parse(whole) ?? new URL("http://gateway/");
}
