/**
 * examples/views/spending-report in Python, unchanged: the installed keep does not have that folder.
 * test/e2e/examples.spec.ts holds the two equal.
 */
export const spendingTemplate = {
  name: 'Spending report',
  description: 'What was spent by month and category; no single payment, no merchant.',
  permissions: [{ profile: 'bank.example/transaction', rights: ['read'] }],
  runtime: 'python',
  files: [
    {
      path: 'main.py',
      content: `def main(parameters, keep):
    currency = parameters["configuration"]["currency"]
    time_zone = parameters["configuration"]["timeZone"]
    span = parameters["clientCustomData"]
    answer = keep.events.aggregate({
        "profile": "bank.example/transaction",
        "filter": {
            "payload.currency": currency,
            "payload.cents": {"lt": 0},
            "metadata.createdDate": {"gte": span["from"], "lt": span["to"]},
        },
        "groupBy": [
            {"field": "metadata.createdDate", "interval": "month", "timeZone": time_zone},
            {"field": "payload.category"},
        ],
        "measures": {"cents": {"op": "sum", "field": "payload.cents"}, "payments": {"op": "count"}},
    })
    months = {}
    for group in answer["groups"]:
        start, category = group["key"]
        entry = {"category": category, "cents": -int(group["cents"]), "payments": group["payments"]}
        months.setdefault(start[:7], []).append(entry)
    return {"currency": currency, "months": [report(month, categories) for month, categories in months.items()]}


def report(month, categories):
    total = sum(category["cents"] for category in categories)
    categories.sort(key=lambda category: (-category["cents"], category["category"]))
    for category in categories:
        # Rounded half up, in whole numbers.
        category["percent"] = (200 * category["cents"] + total) // (2 * total)
    return {"month": month, "cents": total, "categories": categories}
`,
    },
  ],
} as const;

export const spendingTrial = {
  ...spendingTemplate,
  configuration: { currency: 'EUR', timeZone: 'UTC' },
  clientCustomData: { from: '2026-01-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
} as const;
