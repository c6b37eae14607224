// What every page has in common: one file, nothing fetched, and how it looks.

/// A page around its content. Equal content gives equal bytes.
struct ReportPage {
    /// The heading, and the title of the window.
    let title: String
    /// The line above the heading.
    let eyebrow: String
    /// What stands below the heading.
    var lead: Markup = .empty
    /// The sections, most important first.
    let sections: [Markup]
    /// The last line: what the page was made from.
    let footer: String

    /// The whole file.
    var text: String {
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
            style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>
            \(Markup(stringLiteral: ReportStyle.text))</style>
            </head>
            <body>
            <header>
            <p class="eyebrow">\(eyebrow)</p>
            <h1>\(title)</h1>
            \(lead)</header>
            <main>
            \(sections)</main>
            <footer>\(footer) Point at a chart, or focus it and use the arrow keys, to read its \
            numbers.</footer>
            <script>
            \(Markup(stringLiteral: ReportScript.text))</script>
            </body>
            </html>

            """
        return page.text
    }
}
