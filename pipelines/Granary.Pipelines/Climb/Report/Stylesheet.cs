namespace Granary.Pipelines.Climb.Report;

/// <summary>How the page looks: light and dark, wide and narrow, on screen and on paper.</summary>
internal static class Stylesheet
{
    // No '>' and no '&': both would be written as entities, which a style sheet does not know. Colours are Okabe and Ito's,
    // which people with any colour vision tell apart; dark pages have lighter ones.
    internal const string Text = """

        :root{--paper:#fcfcfa;--card:#fff;--ink:#1c2024;--soft:#5c6670;--line:#dfe3e6;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b0568f;--c5:#b07a00;--c6:#3a8fc2;--bad:#f1d9b5;--good:#003b7a;--fail:#b3261e}
        @media (prefers-color-scheme:dark){:root{--paper:#15181b;--card:#1d2125;--ink:#e8eaed;--soft:#a0a9b2;--line:#343a40;--c1:#56b4e9;--c2:#ff9a4d;--c3:#3fd0a4;--c4:#e39ac6;--c5:#f0c75e;--c6:#9ad0f0;--bad:#3a4660;--good:#ffd84d;--fail:#ff8a80}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        main{max-width:1120px;margin:0 auto;padding:40px 24px 80px}
        .kind{margin:0;color:var(--soft);font-size:13px;letter-spacing:.09em;text-transform:uppercase}
        h1{margin:2px 0 14px;font-size:34px;line-height:1.15;overflow-wrap:anywhere}
        h2{margin:0 0 14px;font-size:21px;line-height:1.25}
        h3{margin:0;font-size:16px;overflow-wrap:anywhere}
        p{margin:0 0 14px;max-width:78ch}
        .lead{font-size:19px;line-height:1.5;max-width:74ch}
        section{margin-top:52px}
        .pair{display:grid;grid-template-columns:1fr 1fr;gap:36px;margin-top:52px}
        .pair section{margin-top:0;min-width:0}
        .tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:1px;margin:26px 0 0;background:var(--line);border:1px solid var(--line);border-radius:10px;overflow:hidden}
        .tiles div{background:var(--card);padding:14px 14px 12px}
        .tiles dt{color:var(--soft);font-size:13px}
        .tiles dd{margin:2px 0 0;font-size:22px;font-weight:600;font-variant-numeric:tabular-nums}
        .tiles dd.remark{font-size:12px;font-weight:400;line-height:1.35}
        .remark{color:var(--soft);font-size:13px;margin-bottom:10px}
        .wide{overflow-x:auto;margin:0 0 14px}
        table{border-collapse:collapse;width:100%;font-size:14px}
        th{padding:6px 10px;border-bottom:2px solid var(--line);color:var(--soft);font-size:12.5px;font-weight:500;text-align:left;vertical-align:bottom}
        td{padding:8px 10px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
        th:first-child,td:first-child{padding-left:0}
        td:first-child{min-width:120px}
        .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        .words{display:block;color:var(--soft);font-size:13px;line-height:1.4}
        .bar{position:relative;width:100%;min-width:170px;height:16px;margin-top:3px;background:linear-gradient(var(--line),var(--line)) 0 50%/100% 1px no-repeat}
        .bar i{position:absolute;display:block}
        .fill{top:1px;height:14px;background:var(--c1);border-radius:2px;opacity:.85}
        .whisker{top:7px;height:2px;background:var(--ink)}
        .bar .prior{top:-2px;height:20px;border-left:2px solid var(--c2)}
        figure{margin:0 0 14px}
        figure svg{display:block;width:100%;height:auto}
        figcaption{margin-top:6px;color:var(--soft);font-size:13px;line-height:1.45;max-width:78ch}
        .split{display:grid;grid-template-columns:minmax(0,560px) 1fr;gap:20px 48px;align-items:center}
        .keys{display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 0;padding:0;list-style:none;font-size:13px}
        .keys li{display:flex;align-items:center;gap:6px}
        figure svg.key{flex:none;width:14px;height:14px}
        figure svg.heat{min-width:560px}
        svg text{fill:var(--ink);font-size:12px}
        svg .tick,svg .axis{fill:var(--soft)}
        svg .end{text-anchor:end}
        svg .middle{text-anchor:middle}
        svg .note{font-size:11px;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
        svg .place{fill:var(--soft);font-style:italic}
        .grid{stroke:var(--line);stroke-width:1}
        .curve{fill:none;stroke:var(--soft);stroke-width:1.6}
        .curve.best{stroke:var(--ink);stroke-width:2.2}
        .curve.expected{stroke:var(--c2);stroke-width:2.4;stroke-dasharray:2 3}
        .curve.uniform{stroke:var(--c3);stroke-dasharray:7 4}
        .curve.natural{stroke:var(--c4);stroke-dasharray:2 4}
        svg .note.uniform{fill:var(--c3)}
        svg .note.natural{fill:var(--c4)}
        .c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}.c6{fill:var(--c6)}
        .mark{fill-rule:evenodd;fill-opacity:.8}
        .mark.beyond{fill-opacity:.3}
        .mark.failed{fill:none;stroke:var(--fail);stroke-width:1.6}
        .mark.scored{fill:#7d7c78;stroke:var(--soft);stroke-width:.8;fill-opacity:1}
        .mark.outline{fill:none;stroke:var(--ink);stroke-width:1.6}
        .mark.chosen{fill:var(--c2);stroke:var(--paper);stroke-width:1.2;fill-opacity:1}
        .cell{fill:var(--c1)}
        .cell.empty{fill:var(--line);fill-opacity:.35}
        .heat .chosen{fill:var(--c2)}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:16px}
        article{padding:16px 18px;background:var(--card);border:1px solid var(--line);border-radius:10px;min-width:0;break-inside:avoid}
        .chips{margin-bottom:8px}
        .chips span{display:inline-block;margin:2px 2px 2px 0;padding:0 8px;border:1px solid var(--line);border-radius:20px;font-size:13px;max-width:100%;overflow-wrap:anywhere}
        .lengths{display:flex;align-items:flex-end;gap:12px;margin:8px 0 10px}
        .lengths svg{flex:none;max-width:60%;height:44px}
        .lengths .remark{margin:0}
        summary{cursor:pointer;color:var(--c1);font-size:14px}
        details{margin:0 0 12px}
        blockquote{margin:10px 0;padding:2px 0 2px 12px;border-left:3px solid var(--line);font-size:13px;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;max-height:15em;overflow-y:auto}
        pre{margin:8px 0 14px;padding:14px 16px;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow-x:auto;font:13px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
        code{font:12.5px ui-monospace,"DejaVu Sans Mono",monospace}
        .facts{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;font-size:14px}
        .facts dt{color:var(--soft)}
        .facts dd{margin:0;overflow-wrap:anywhere}
        li{margin-bottom:6px;max-width:78ch}
        @media screen and (max-width:860px){.pair,.split{grid-template-columns:1fr}.tiles{grid-template-columns:repeat(3,1fr)}}
        @media screen and (max-width:620px){
        main{padding:24px 16px 60px}
        h1{font-size:27px}
        figure svg text{font-size:15px}
        figure svg .note{font-size:14px}
        figure .heat text{font-size:12px}
        .lead{font-size:17px}
        section,.pair{margin-top:40px}
        .tiles{grid-template-columns:repeat(2,1fr)}
        thead{display:none}
        table,tbody,tr,td{display:block}
        tr{padding:10px 0;border-bottom:1px solid var(--line)}
        td{display:flex;justify-content:space-between;gap:16px;padding:2px 0;border:0;text-align:right;white-space:normal}
        td:before{content:attr(data-label);color:var(--soft);text-align:left;flex:none;max-width:48%}
        td:first-child{display:block;text-align:left;padding-bottom:4px;min-width:0}
        td:first-child:before{display:none}
        td[data-label="share"]{display:block}
        td[data-label="share"]:before{display:none}
        td:empty{display:none}
        .facts{grid-template-columns:1fr}
        .facts dd{margin-bottom:6px}
        }
        @media print{
        :root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--c1:#0072b2;--c2:#d55e00;--c3:#009e73;--c4:#b0568f;--c5:#b07a00;--c6:#3a8fc2;--bad:#f1d9b5;--good:#003b7a;--fail:#b3261e}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        main{max-width:none;padding:0}
        body{font-size:12px}
        h1{font-size:26px}
        h2{font-size:16px}
        .lead{font-size:14px}
        section,.pair{margin-top:26px}
        .tiles dd{font-size:15px}
        .tiles dt,.tiles dd.remark,.keys,figcaption,.remark,.words,.facts{font-size:10px}
        table,blockquote,pre,code,summary{font-size:10px}
        th,td{padding:4px 6px}
        td:first-child{min-width:0}
        .wide{overflow:visible}
        .split{grid-template-columns:1fr 1fr;gap:24px}
        .bar{min-width:90px}
        figure svg.heat{min-width:0}
        section{break-inside:auto}
        figure,tr,.tiles{break-inside:avoid}
        h2{break-after:avoid}
        details::details-content{content-visibility:visible;height:auto}
        blockquote{max-height:none}
        }

        """;
}
