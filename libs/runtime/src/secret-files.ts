import { faultOfSecretFile, readSecretFile } from "./secret-file.ts";

/** Variables whose value is a secret. */
const secretVariable =
  /^(DATABASE_URL|REDIS_URL|SLUICE_ADMIN_KEY|SLUICE_ADMIN_KEY_SHA256|SLUICE_SEALING_((INGRESS_)?(PUBLIC_)?|FINGERPRINT_)KEY|SLUICE_API_KEY_DIGEST_KEY|\w+_API_KEY)$/;
const suffix = "_FILE";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the secrets that are given as files, as containers are given them: `DATABASE_URL_FILE` names a file with
 * what else stands in `DATABASE_URL`, and so for each variable that is a secret: `DATABASE_URL`, `REDIS_URL`,
 * `SLUICE_ADMIN_KEY`, `SLUICE_ADMIN_KEY_SHA256`, `SLUICE_SEALING_KEY`, `SLUICE_SEALING_PUBLIC_KEY`,
 * `SLUICE_SEALING_INGRESS_KEY`, `SLUICE_SEALING_INGRESS_PUBLIC_KEY`, `SLUICE_SEALING_FINGERPRINT_KEY`,
 * `SLUICE_API_KEY_DIGEST_KEY`, and all that end in `_API_KEY`.
 *
 * @returns the environment with the secrets in it, and a sentence for each file that can't be taken; it begins with
 *   the variable's name
 */
export function withSecretFiles(environment: Environment): {
  environment: Environment;
  problems: string[];
} {
  const result: Record<string, string | undefined> = { ...environment };
  const problems: string[] = [];
  for (const [variable, fileName] of Object.entries(environment)) {
    const secret = variable.slice(0, -suffix.length);
    if (!variable.endsWith(suffix) || !secretVariable.test(secret) || !fileName) continue;
    delete result[variable];
    const fault = environment[secret] ? `is set, and so is ${secret}; set one` : faultOfSecretFile(fileName);
    if (fault === undefined) result[secret] = readSecretFile(fileName);
    else problems.push(`${variable} ${fault}`);
  }
  return { environment: result, problems };
}
