"""Runs every query of docs/fleet.md with an engine, and fails where the answer is not what was made up.

queries.py duckdb|pyspark PAGE FOLDER
"""

import sys

# What the first row of each answer has to say, by the heading of the query.
EXPECTED = {
    "Top growers": ["web-3", "leaker", "leak.service"],
    "Hosts near out of memory": ["db-1"],
    "Units that leak": ["leak.service", "web-3"],
    "Images that leak": ["registry.example/leaky:2"],
    "Limits that are nearly reached": ["web-3", "/system.slice/leak.service"],
    "Where the kernel killed": ["web-3", "/system.slice/leak.service"],
    "A host just before a moment": ["leaker"],
}


def fences(page):
    """Yields the heading, the language and the text of each fence."""
    heading, language, lines = None, None, []
    for line in page.splitlines():
        if language is None and line.startswith("## "):
            heading = line[3:]
        elif language is None and line.startswith("```"):
            language, lines = line[3:], []
        elif line == "```":
            yield heading, language, "\n".join(lines)
            language = None
        else:
            lines.append(line)


def duckdb_engine(setup):
    import duckdb

    connection = duckdb.connect()
    connection.execute(setup["sql setup"])
    # Moments come as text, so that nothing else has to be installed.
    return lambda sql: connection.sql(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})").fetchall()


def pyspark_engine(setup):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    exec(setup["python setup"], {"spark": spark})
    return lambda sql: [tuple(row) for row in spark.sql(sql).collect()]


def main():
    engine, page, folder = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        found = list(fences(file.read().replace("/srv/oomkit", folder)))
    setup = {language: text for _, language, text in found if language.endswith(" setup")}
    queries = {heading: text for heading, language, text in found if language == "sql"}
    if queries.keys() != EXPECTED.keys():
        sys.exit(f"the page has other queries than are expected: {queries.keys() ^ EXPECTED.keys()}")
    run = {"duckdb": duckdb_engine, "pyspark": pyspark_engine}[engine](setup)
    wrong = 0
    for heading, sql in queries.items():
        rows = run(sql)
        first = [str(cell) for cell in rows[0]] if rows else []
        missing = [word for word in EXPECTED[heading] if word not in first]
        wrong += bool(missing)
        said = f"misses {missing}" if missing else "as expected"
        print(f"{engine}: {heading}: {len(rows)} rows, first {first}, {said}", flush=True)
    if wrong:
        sys.exit(f"{wrong} of {len(queries)} answers are wrong")


main()
