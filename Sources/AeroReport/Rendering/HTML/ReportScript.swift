// What moves in a report.

/// The script of a report: it shows the numbers under the pointer, or under the arrow keys, and
/// opens everything before printing. Without it a report loses nothing but these.
enum ReportScript {
    static let text = """
        'use strict';
        (() => {
        const tip = document.createElement('div');
        tip.className = 'tip';
        tip.setAttribute('role', 'status');
        document.body.append(tip);
        for (const svg of document.querySelectorAll('svg[data-x]')) {
          const xs = svg.dataset.x.split(' ').map(Number);
          const names = svg.dataset.n.split('\\t');
          const rows = svg.dataset.v.split('\\n').map(row => row.split('\\t'));
          const cross = document.createElementNS('http://www.w3.org/2000/svg', 'path');
          cross.setAttribute('class', 'cross');
          let at = -1;
          const hide = () => { tip.textContent = ''; cross.remove(); at = -1; };
          const show = index => {
            at = Math.max(0, Math.min(xs.length - 1, index));
            const [place, ...values] = rows[at];
            const lines = values.map((value, i) => value && names[i] + '  ' + value);
            tip.textContent = [place, ...lines.filter(Boolean)].join('\\n');
            cross.setAttribute('d', 'M' + xs[at] + ' 28V256');
            svg.append(cross);
            const box = svg.getBoundingClientRect();
            const x = box.left + xs[at] * box.width / 640;
            const right = document.documentElement.clientWidth - tip.offsetWidth - 8;
            const beside = x + 14 > right ? x - tip.offsetWidth - 14 : x + 14;
            tip.style.left = Math.max(8, Math.min(beside, right)) + scrollX + 'px';
            tip.style.top = box.top + scrollY + box.height * .12 + 'px';
          };
          svg.addEventListener('pointermove', event => {
            const box = svg.getBoundingClientRect();
            const x = (event.clientX - box.left) * 640 / box.width;
            let best = 0;
            xs.forEach((each, i) => {
              if (Math.abs(each - x) < Math.abs(xs[best] - x)) best = i;
            });
            show(best);
          });
          svg.addEventListener('pointerleave', hide);
          svg.addEventListener('blur', hide);
          svg.addEventListener('focus', () => show(0));
          svg.addEventListener('keydown', event => {
            const move = {ArrowRight: 1, ArrowLeft: -1, Home: -xs.length, End: xs.length};
            if (event.key === 'Escape') hide();
            if (!(event.key in move)) return;
            event.preventDefault();
            show(at + move[event.key]);
          });
        }
        addEventListener('beforeprint', () => {
          for (const each of document.querySelectorAll('details')) each.open = true;
        });
        const follow = () => {
          const target = document.getElementById(location.hash.slice(1));
          const owner = target && target.closest('details');
          if (owner) owner.open = true;
        };
        addEventListener('hashchange', follow);
        follow();
        })();

        """
}
