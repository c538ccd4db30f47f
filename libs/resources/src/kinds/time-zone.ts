import { isTimeZone } from "@sluice/quota/time-zone";
import { z } from "zod";
import { closestName } from "../closest-name.ts";

/** Name of a time zone of the IANA database, such as `Europe/Berlin`. */
export const timeZoneSchema = z
  .string()
  .check((check) => {
    if (isTimeZone(check.value)) return;
    const closest = closestName(check.value, Intl.supportedValuesOf("timeZone"));
    const hint =
      closest === undefined ? ", such as Europe/Berlin" : `; did you mean ${JSON.stringify(closest)}?`;
    check.issues.push({
      code: "custom",
      message: `must be a time zone of the IANA database${hint}`,
      input: check.value,
    });
  })
  .meta({ title: "IANA time zone" });
