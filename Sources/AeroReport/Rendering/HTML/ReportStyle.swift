// How a report looks.

/// The style sheet of a report: light and dark, screen, phone and paper.
///
/// Colours of curves are those of Okabe and Ito, which people tell apart however they see colours,
/// made lighter on a dark ground; each has a dash pattern of its own as well. Shades of maps differ
/// in lightness first, so that they also survive a printer.
enum ReportStyle {
    static let text = tokens + page + charts + narrow + paper

    private static let tokens = """
        :root{color-scheme:light dark;
        --bg:#fcfcfb;--card:#fff;--ink:#1b1f24;--soft:#5a6470;--line:#e1e4e8;--grid:#e9ecef;
        --link:#0a58a8;--good:#0a6b47;--goodbg:#e3f4ec;--bad:#a32b06;--badbg:#fcebe5;
        --warn:#7a5600;--warnbg:#fbf1d9;
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#9a4f83;--c4:#b8336a;--c5:#7a6a00;
        --c6:#5a6470;--c7:#3f88c5;
        --h0:#e4eef6;--h1:#c6dcec;--h2:#a0c6e0;--h3:#74abd0;--h4:#4a8dbd;--h5:#2a6fa4;
        --h6:#155185;--h7:#0a335c}
        @media(prefers-color-scheme:dark){:root{
        --bg:#14171b;--card:#1b1f25;--ink:#e8eaed;--soft:#9da7b3;--line:#30363e;--grid:#2a3037;
        --link:#7ab8f5;--good:#5fd3a0;--goodbg:#12352a;--bad:#ff9a76;--badbg:#43200f;
        --warn:#f0c75e;--warnbg:#3a2f10;
        --c0:#56b4e9;--c1:#f0924a;--c2:#3fcf9f;--c3:#d99cc6;--c4:#f27ca5;--c5:#e6d95a;
        --c6:#9da7b3;--c7:#8fc1ea;
        --h0:#1d2c3a;--h1:#204056;--h2:#245673;--h3:#2b6f93;--h4:#3a8bb4;--h5:#5ea8cf;
        --h6:#93c8e6;--h7:#d3ecfb}}

        """

    private static let page = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink);
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        main,header,footer{max-width:1060px;margin:0 auto;padding:0 24px}
        header{padding-top:40px}
        footer{padding:24px;color:var(--soft);font-size:14px}
        h1{font-size:32px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em;
        overflow-wrap:anywhere}
        h2{font-size:22px;line-height:1.3;margin:48px 0 8px;overflow-wrap:anywhere}
        h3{font-size:17px;margin:32px 0 8px}
        h4{font-size:15px;margin:0}
        p{margin:0 0 12px;max-width:75ch}
        .eyebrow{color:var(--soft);font-size:14px;margin:0 0 4px}
        .lead{font-size:17px}
        a{color:var(--link)}
        a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{
        outline:2px solid var(--link);outline-offset:2px}
        nav ul{list-style:none;margin:8px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:4px 16px;
        font-size:14px}
        .badge{display:inline-block;padding:1px 9px;border-radius:999px;font-size:13px;
        font-weight:600;white-space:normal}
        .good{color:var(--good);background:var(--goodbg)}
        .bad{color:var(--bad);background:var(--badbg)}
        .doubtful{color:var(--warn);background:var(--warnbg)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;
        margin:20px 0}
        .tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;
        padding:12px 16px}
        .tiles dt{color:var(--soft);font-size:13px}
        .tiles dd{margin:2px 0 0;font-size:20px;font-weight:650;white-space:nowrap;
        letter-spacing:-.01em;
        font-variant-numeric:tabular-nums}
        .tiles small{display:block;font-size:13px;font-weight:400;color:var(--soft);
        letter-spacing:0}
        .verdict{list-style:none;padding:0;margin:12px 0 20px}
        .verdict li{margin:5px 0}
        .scroll{overflow-x:auto;margin:12px 0 20px;background:var(--card);
        border:1px solid var(--line);border-radius:10px}
        table{border-collapse:collapse;width:100%;font-size:14px;
        font-variant-numeric:tabular-nums}
        th,td{padding:6px 11px;text-align:right;white-space:nowrap;vertical-align:top}
        thead th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--line)}
        tbody th{font-weight:500;text-align:left}
        tbody tr+tr>*{border-top:1px solid var(--grid)}
        th:first-child,.t{text-align:left}
        td .badge{white-space:nowrap}
        td small{display:block;color:var(--soft);font-size:12px}
        .measure{display:block;height:4px;margin:3px 0 0 auto;background:var(--c0);
        border-radius:2px}
        .facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(380px,100%),1fr));
        gap:2px 28px;margin:8px 0 16px;font-size:14px}
        .facts div{display:flex;gap:12px;padding:5px 0;border-bottom:1px solid var(--grid)}
        .facts dt{color:var(--soft);flex:0 0 42%}
        .facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
        pre{background:var(--card);border:1px solid var(--line);border-radius:10px;
        padding:12px 16px;overflow-x:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,
        Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
        details.run{margin-top:28px;border-top:1px solid var(--line)}
        details.run>summary{padding:14px 0;cursor:pointer}
        details.run>summary h2{display:inline;margin:0}
        summary{cursor:pointer}

        """

    private static let charts = """
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(460px,100%),1fr));
        gap:16px;margin:16px 0}
        figure{margin:0;min-width:0;background:var(--card);border:1px solid var(--line);
        border-radius:10px;padding:16px}
        figcaption p{color:var(--soft);font-size:13.5px;line-height:1.45;margin:2px 0 8px}
        figure>svg{display:block;width:100%;height:auto;overflow:visible}
        figure .scroll{border:0;margin:8px 0 0}
        .none{color:var(--soft);text-align:center;padding:48px 0;margin:0;max-width:none;
        border:1px dashed var(--line);border-radius:8px}
        .legend{list-style:none;margin:0 0 6px;padding:0;display:flex;flex-wrap:wrap;gap:2px 16px;
        font-size:13px}
        .legend svg{width:28px;height:10px;margin-right:6px;vertical-align:0}
        .legend svg.shades{width:112px;margin:0 4px}
        svg text{fill:var(--soft);font-size:16px;font-variant-numeric:tabular-nums}
        .yt,.end{text-anchor:end}.xt{text-anchor:middle}
        .name{font-size:15px}
        .grid{stroke:var(--grid);fill:none}.base{stroke:var(--soft);fill:none}
        .warmup{fill:var(--soft);opacity:.1}.doubt{fill:var(--bad);opacity:.14}
        .incident{fill:var(--warn);opacity:.2}
        .l{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .dot{fill:none;stroke-width:8;stroke-linecap:round}
        .span{fill:var(--c2);opacity:.2}.whisker{stroke:var(--c0);stroke-width:1.5;opacity:.5}
        .s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}
        .s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
        .l.s1{stroke-dasharray:7 4}.l.s2{stroke-dasharray:2 4}.l.s3{stroke-dasharray:10 4 2 4}
        .l.s4{stroke-dasharray:12 5}.l.s5{stroke-dasharray:4 4}.l.s6{stroke-dasharray:1 5}
        .l.s7{stroke-dasharray:8 3 2 3 2 3}
        .f0{fill:var(--c0);background:var(--c0)}.f1{fill:var(--c1);background:var(--c1)}
        .f2{fill:var(--c2);background:var(--c2)}.f3{fill:var(--c3);background:var(--c3)}
        .f4{fill:var(--c4);background:var(--c4)}.f5{fill:var(--c5);background:var(--c5)}
        .f6{fill:var(--c6);background:var(--c6)}.f7{fill:var(--c7);background:var(--c7)}
        .bar rect{stroke:var(--card);stroke-width:2}
        .key{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:8px}
        .h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}
        .h4{fill:var(--h4)}.h5{fill:var(--h5)}.h6{fill:var(--h6)}.h7{fill:var(--h7)}
        .cross{stroke:var(--ink);stroke-width:1;pointer-events:none}
        .tip{position:absolute;z-index:9;pointer-events:none;background:var(--ink);color:var(--bg);
        border-radius:8px;padding:8px 12px;font-size:13px;line-height:1.4;max-width:260px;
        white-space:pre-line;font-variant-numeric:tabular-nums}
        .tip:empty{display:none}

        """

    private static let narrow = """
        @media(max-width:640px){
        main,header,footer{padding-left:14px;padding-right:14px}
        header{padding-top:24px}h1{font-size:26px}h2{font-size:20px}
        figure{padding:12px}
        .tiles{grid-template-columns:1fr 1fr;gap:8px}.tiles div{padding:10px 12px}
        .tiles dd{font-size:18px}
        svg text{font-size:22px}.name{font-size:21px}
        .l{stroke-width:3.5}.dot{stroke-width:13}
        .odd{display:none}
        th,td{padding:6px 10px}}

        """

    private static let paper = """
        @media print{:root{color-scheme:light;
        --bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--grid:#ddd;--link:#000;
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#9a4f83;--c4:#b8336a;--c5:#7a6a00;
        --c6:#5a6470;--c7:#3f88c5;--good:#0a6b47;--goodbg:#fff;--bad:#a32b06;--badbg:#fff;
        --warn:#7a5600;--warnbg:#fff;
        --h0:#e4eef6;--h1:#c6dcec;--h2:#a0c6e0;--h3:#74abd0;--h4:#4a8dbd;--h5:#2a6fa4;
        --h6:#155185;--h7:#0a335c}
        body{font-size:11pt}header,main,footer{max-width:none;padding:0}
        nav,.tip{display:none}figure,tr,.tiles div{break-inside:avoid}
        h2,h3,h4{break-after:avoid}.scroll{overflow:visible}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}

        """
}
