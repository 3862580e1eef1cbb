/* reports.c: groups, windows, a recursive query and queries put together, over the Chinook sample database.
 * `reports Chinook_Sqlite.sqlite` reads that file (github.com/lerocha/chinook-database); without one, the program
 * makes a small database of the same tables. */
#define CORM_IMPLEMENTATION
#include "chinook.h"

/* clang-format off */
#define SALES(COLUMN)  COLUMN(TEXT, country) COLUMN(INTEGER, invoices) COLUMN(REAL, total)
#define RANKED(COLUMN) COLUMN(INTEGER, place) COLUMN(TEXT, country) COLUMN(TEXT, customer) COLUMN(REAL, total)
#define MONTHS(COLUMN) COLUMN(TEXT, month) COLUMN(REAL, total) COLUMN(REAL, so_far)
#define BRANCH(COLUMN) COLUMN(INTEGER, id) COLUMN(TEXT, name) COLUMN(INTEGER, depth)
#define PLACE(COLUMN)  COLUMN(OPTIONAL(TEXT), city)
CORM_ROW(Sales, SALES)
CORM_ROW(Ranked, RANKED)
CORM_ROW(Months, MONTHS)
CORM_ROW(Branch, BRANCH)
CORM_ROW(Place, PLACE)

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) == 0 || strncmp(event->sql, "WITH", 4) == 0)
        printf("%s\n", event->sql);
}

static void by_country(corm_session *session)
{
    Sales_list sales = corm_select(session, Sales,
                                   .fields = corm_fields(corm_field(Sales_.country, corm_coalesce(Customer_.Country, "?")),
                                                         corm_field(Sales_.invoices, corm_count_rows()),
                                                         corm_field(Sales_.total, corm_sum(Invoice_.Total))),
                                   .from = corm_from(Invoice),
                                   .join = corm_inner_join(Invoice_.customer),
                                   .group_by = corm_group(Customer_.Country),
                                   .having = corm_gt(Sales_.invoices, 1),
                                   .order_by = corm_order(corm_desc(Sales_.total), corm_asc(Sales_.country)),
                                   .limit = 5);
    for (size_t i = 0; i < sales.count; i++)
        printf("    %s: %lld invoices, %.2f\n", sales.items[i].country, (long long)sales.items[i].invoices, sales.items[i].total);
}

static void best_of_each_country(corm_session *session)
{
    const corm_select all = corm_select_for(Ranked,
                                            .fields = corm_fields(corm_field(Ranked_.place, corm_over(corm_rank(), corm_group(Customer_.Country), corm_desc(corm_sum(Invoice_.Total)))),
                                                                  corm_field(Ranked_.country, corm_coalesce(Customer_.Country, "?")),
                                                                  corm_field(Ranked_.customer, corm_concat(Customer_.FirstName, corm_concat(" ", Customer_.LastName))),
                                                                  corm_field(Ranked_.total, corm_sum(Invoice_.Total))),
                                            .from = corm_from(Customer),
                                            .join = corm_inner_join(Customer_.invoices),
                                            .group_by = corm_group(Customer_.CustomerId));
    Ranked_list best = corm_select(session, Ranked,
                                   .with = {corm_with(Ranked, &all)}, .from = corm_from(Ranked),
                                   .where = corm_eq(Ranked_.place, 1), .order_by = corm_asc(Ranked_.country), .limit = 5);
    for (size_t i = 0; i < best.count; i++)
        printf("    %s: %s, %.2f\n", best.items[i].country, best.items[i].customer, best.items[i].total);
}

static void month_after_month(corm_session *session)
{
    Months_list months = corm_select(session, Months,
                                     .fields = corm_fields(corm_field(Months_.month, corm_substring(corm_cast(TEXT, Invoice_.InvoiceDate), 1, 7)),
                                                           corm_field(Months_.total, corm_sum(Invoice_.Total)),
                                                           corm_field(Months_.so_far, corm_over(corm_sum(corm_sum(Invoice_.Total)), corm_no_group, corm_asc(Months_.month)))),
                                     .group_by = corm_group(Months_.month), .order_by = corm_asc(Months_.month), .limit = 3,
                                     .from = corm_from(Invoice));
    for (size_t i = 0; i < months.count; i++)
        printf("    %s: %.2f, so far %.2f\n", months.items[i].month, months.items[i].total, months.items[i].so_far);
}

static void who_reports_to_whom(corm_session *session)
{
    const corm_select top = corm_select_for(Branch,
                                            .fields = corm_fields(corm_field(Branch_.id, Employee_.EmployeeId), corm_field(Branch_.name, Employee_.FirstName), corm_field(Branch_.depth, 0)),
                                            .where = corm_is_null(Employee_.ReportsTo));
    const corm_select below = corm_select_for(Branch,
                                              .fields = corm_fields(corm_field(Branch_.id, Employee_.EmployeeId), corm_field(Branch_.name, Employee_.FirstName), corm_field(Branch_.depth, corm_plus(Branch_.depth, 1))),
                                              .from = corm_from(Employee), .join = corm_join_on(Branch, corm_eq(Employee_.ReportsTo, Branch_.id)));
    Branch_list tree = corm_select(session, Branch,
                                   .with = {corm_with_recursive(Branch, &top, &below)},
                                   .from = corm_from(Branch), .order_by = corm_order(corm_asc(Branch_.depth), corm_asc(Branch_.id)));
    for (size_t i = 0; i < tree.count; i++)
        printf("    %*s%s\n", (int)(2 * tree.items[i].depth), "", tree.items[i].name);
}

static void cities(corm_session *session)
{
    const corm_select ours = corm_select_for(Place, .fields = corm_fields(corm_field(Place_.city, Employee_.City)));
    Place_list both = corm_select(session, Place,
                                  .fields = corm_fields(corm_field(Place_.city, Customer_.City)),
                                  .compound = {corm_intersect(&ours)}, .order_by = corm_asc(Place_.city));
    for (size_t i = 0; i < both.count; i++)
        printf("    %s\n", both.items[i].city);
}

/* What the reports need of the tables, where there is no file. */
static void fill(corm_session *session)
{
    static const char *const staff[] = {"Andrew", "Nancy", "Jane", "Laura"}, *const cities_[] = {"Calgary", "Oslo", "Paris", "Paris"},
                      *const customers[] = {"Frank", "Bjorn", "Luc", "Ines"}, *const countries[] = {"Canada", "Norway", "France", "France"};
    corm_create_all(session);
    for (int i = 0; i < 4; i++) {
        Employee *one = corm_new(session, Employee, .FirstName = staff[i], .LastName = "A", .City = i < 2 ? "Edmonton" : "Calgary",
                                 .ReportsTo = i == 0 ? corm_none(INTEGER) : corm_some(i == 3 ? 2 : 1));
        Customer *customer = corm_new(session, Customer, .FirstName = customers[i], .LastName = "B", .Email = "b@example.com",
                                      .City = cities_[i], .Country = countries[i]);
        corm_add(session, one);
        corm_flush(session);
        for (int k = 0; k <= i; k++)
            Customer_invoices_append(customer, corm_new(session, Invoice, .Total = 2 * i + 1.98 * (k + 1), .InvoiceDate = corm_datetime_of(2025, k + 1, 3 + i, 0, 0, 0, 0)));
        corm_add(session, customer);
    }
}

int main(int count, char **arguments)
{
    corm_session *session = corm_sqlite_open(count > 1 ? arguments[1] : ":memory:", &chinook);
    void (*const reports[])(corm_session *) = {by_country, best_of_each_country, month_after_month, who_reports_to_whom, cities};
    if (count < 2)
        fill(session);
    corm_trace(session, show, NULL);
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        reports[i](session);
    if (corm_error_status(session) != CORM_OK)
        puts(corm_error_message(session));
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT coalesce("Customer"."Country", ?1) AS "country", count(*) AS "invoices", sum("Invoice"."Total") AS "total" FROM "Invoice" JOIN "Customer" ON "Customer"."CustomerId" = "Invoice"."CustomerId" GROUP BY "Customer"."Country" HAVING count(*) > ?2 ORDER BY "total" DESC, "country" LIMIT ?3
 *     France: 7 invoices, 67.68
 *     Norway: 2 invoices, 9.94
 * WITH "Ranked" ("place", "country", "customer", "total") AS (SELECT rank() OVER (PARTITION BY "Customer"."Country" ORDER BY sum("Invoice"."Total") DESC) AS "place", coalesce("Customer"."Country", ?1) AS "country", ("Customer"."FirstName" || (?2 || "Customer"."LastName")) AS "customer", sum("Invoice"."Total") AS "total" FROM "Customer" JOIN "Invoice" ON "Invoice"."CustomerId" = "Customer"."CustomerId" GROUP BY "Customer"."CustomerId") SELECT "place" AS "place", "country" AS "country", "customer" AS "customer", "total" AS "total" FROM "Ranked" WHERE "place" = ?3 ORDER BY "country" LIMIT ?4
 *     Canada: Frank B, 1.98
 *     France: Ines B, 43.80
 *     Norway: Bjorn B, 9.94
 * SELECT substr(CAST("InvoiceDate" AS TEXT), ?1, ?2) AS "month", sum("Total") AS "total", sum(sum("Total")) OVER (ORDER BY substr(CAST("InvoiceDate" AS TEXT), ?1, ?2)) AS "so_far" FROM "Invoice" GROUP BY substr(CAST("InvoiceDate" AS TEXT), ?1, ?2) ORDER BY "month" LIMIT ?3
 *     2025-01: 19.92, so far 19.92
 *     2025-02: 23.88, so far 43.80
 *     2025-03: 21.88, so far 65.68
 * WITH RECURSIVE "Branch" ("id", "name", "depth") AS (SELECT "EmployeeId" AS "id", "FirstName" AS "name", ?1 AS "depth" FROM "Employee" WHERE "ReportsTo" IS NULL UNION ALL SELECT "Employee"."EmployeeId" AS "id", "Employee"."FirstName" AS "name", ("Branch"."depth" + ?2) AS "depth" FROM "Employee" JOIN "Branch" ON "Employee"."ReportsTo" = "Branch"."id") SELECT "id" AS "id", "name" AS "name", "depth" AS "depth" FROM "Branch" ORDER BY "depth", "id"
 *     Andrew
 *       Nancy
 *       Jane
 *         Laura
 * SELECT "City" AS "city" FROM "Customer" INTERSECT SELECT "City" AS "city" FROM "Employee" ORDER BY "city"
 *     Calgary
 */
