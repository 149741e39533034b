import { describe, expect, it } from "vitest";
import { url } from "@/api/client";
import { columnsOf, columnsText, isFiltered, listQuery, readUsersSearch } from "./search";

describe("address of the users list", () => {
  it("keeps what fits and drops the rest", () => {
    expect(
      readUsersSearch({
        q: 12,
        filter: 'status == "trial"',
        alert: "",
        sort: "-total_paid",
        tab: "nonsense",
        user: "u/1",
      }),
    ).toEqual({ q: "12", filter: 'status == "trial"', sort: "-total_paid", user: "u/1" });
    expect(readUsersSearch({ tab: "notes", columns: ["a"] })).toEqual({ tab: "notes" });
  });

  it("shows the columns asked for, else the usual ones", () => {
    const known = new Set(["name", "email", "status"]);
    expect(columnsOf({}, known, ["name", "status", "gone"])).toEqual(["name", "status"]);
    expect(columnsOf({ columns: "status,name,status,gone" }, known, ["name"])).toEqual(["status", "name"]);
    expect(columnsOf({ columns: "gone" }, known, ["name"])).toEqual(["name"]);
    expect(columnsText(["name", "status"], ["name", "status"])).toBeUndefined();
    expect(columnsText(["status", "name"], ["name", "status"])).toBe("status,name");
  });

  it("asks the server for the same rows in list and export", () => {
    const query = listQuery({ q: "анна", alert: "api_error", sort: "-total_paid", user: "7" }, ["name", "total_paid"]);
    expect(new URL(url("/users", query), "http://x").searchParams.toString()).toBe(
      new URLSearchParams({
        q: "анна",
        alert: "api_error",
        sort: "-total_paid",
        columns: "name,total_paid",
      }).toString(),
    );
  });

  it("counts only filters as filters", () => {
    expect(isFiltered({ sort: "name", columns: "name" })).toBe(false);
    expect(isFiltered({ alert: "api_error" })).toBe(true);
  });
});
