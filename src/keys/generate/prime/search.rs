//! The search for two primes on every core: each thread tests candidates of its own window, and
//! does a share of the proofs and of building the key, so that no core waits for another at the
//! end.
//!
//! The caller's thread keeps the random generator and gives every window its random bits; it also
//! reports progress to the caller and learns from it when to stop. Nothing outlives the call.

use super::candidates::{Seed, Window};
use super::confirmation::Test;
use super::event::{Error, Event};
use super::filter::Filter;
use super::number::Number;
use super::sieve::SmallPrimes;
use rand::rngs::StdRng;
use rand::{CryptoRng, SeedableRng};
use rsa::BoxedUint;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// The longest time between two calls of the caller's `watch`.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

/// What to search for, and how.
pub struct SearchOptions {
    /// The sizes of the two primes, in bits.
    pub sizes: [usize; 2],
    /// The public exponent, a prime.
    pub e: u32,
    pub filter: Filter,
    pub threads: usize,
}

/// Searches for two primes of the requested sizes and returns what `make` builds from them.
///
/// `make` runs in parallel with the proofs: it may be called with numbers that turn out not to be
/// prime, and its result is then dropped.
pub fn search<K: Send, R: CryptoRng + ?Sized>(
    plan: &SearchOptions,
    make: &Make<'_, K>,
    rng: &mut R,
    watch: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<K, Error> {
    let search = Search::new(plan, make);
    std::thread::scope(|scope| {
        let (outbox, inbox) = channel();
        for _ in 0..plan.threads.max(1) {
            let worker =
                Worker { search: &search, outbox: outbox.clone(), rng: StdRng::from_rng(rng) };
            // With fewer threads than requested it only takes longer; with none the inbox closes at
            // once.
            let _ = std::thread::Builder::new()
                .name("primes".into())
                .spawn_scoped(scope, move || worker.run());
        }
        drop(outbox);
        let made = search.serve(&inbox, rng, watch);
        search.end();
        made
    })
}

pub type Make<'a, K> = dyn Fn([&BoxedUint; 2]) -> K + Sync + 'a;

/// From the threads to the caller.
enum Message {
    Seed { bits: usize, reply: SyncSender<Seed> },
    Tested { candidates: usize },
    Found,
    Proved,
    Made,
}

struct Search<'a, K> {
    plan: &'a SearchOptions,
    make: &'a Make<'a, K>,
    small_primes: SmallPrimes,
    state: Mutex<Shared<K>>,
    changed: Condvar,
    over: AtomicBool,
}

/// What the threads share.
struct Shared<K> {
    /// The numbers that passed the filter, in the order in which they were found.
    found: Vec<Arc<Found>>,
    /// What to do with them, the next task last.
    tasks: Vec<Task>,
    /// The result for the two numbers in `found`.
    made: Option<K>,
}

/// A number that passed the filter.
struct Found {
    number: Zeroizing<BoxedUint>,
    bits: usize,
    tests_left: AtomicUsize,
}

enum Task {
    Prove(Arc<Found>, Test),
    Make([Arc<Found>; 2]),
    /// Find a number of this many bits.
    Find(usize),
    Stop,
}

impl Task {
    fn is_about(&self, number: &Arc<Found>) -> bool {
        match self {
            Self::Prove(found, _) => Arc::ptr_eq(found, number),
            Self::Make(pair) => pair.iter().any(|found| Arc::ptr_eq(found, number)),
            Self::Find(_) | Self::Stop => false,
        }
    }
}

impl<'a, K> Search<'a, K> {
    fn new(plan: &'a SearchOptions, make: &'a Make<'a, K>) -> Self {
        Self {
            plan,
            make,
            small_primes: SmallPrimes::up_to(sieve_bound(plan)),
            state: Mutex::new(Shared { found: Vec::new(), tasks: Vec::new(), made: None }),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, Shared<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the caller's thread does until both primes are proved and the key is built.
    fn serve<R: CryptoRng + ?Sized>(
        &self,
        inbox: &Receiver<Message>,
        rng: &mut R,
        watch: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<K, Error> {
        let (mut tested, mut proved) = (0, 0);
        let expected = expected_tests(self.plan);
        loop {
            let event = match inbox.recv_timeout(BETWEEN_QUESTIONS) {
                Ok(Message::Seed { bits, reply }) => {
                    // A thread that has ended needs no answer.
                    let _ = reply.send(Seed::draw(bits, rng));
                    continue;
                }
                Ok(Message::Tested { candidates }) => {
                    tested += candidates;
                    Some(Event::Tested { candidates: tested, expected })
                }
                Ok(Message::Found) => Some(Event::Found),
                Ok(Message::Proved) => {
                    proved += 1;
                    Some(Event::Proved)
                }
                Ok(Message::Made) => None,
                Err(RecvTimeoutError::Timeout) => {
                    Some(Event::Tested { candidates: tested, expected })
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Error::NoThread),
            };
            if event.is_some_and(|event| watch(event).is_break()) {
                return Err(Error::Cancelled);
            }
            // Proved numbers stay, so the result is that of these two.
            if proved == self.plan.sizes.len()
                && let Some(made) = self.state().made.take()
            {
                return Ok(made);
            }
        }
    }

    fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        // Locked, so that no thread is between its check of `over` and its wait.
        let _state = self.state();
        self.changed.notify_all();
    }

    /// The next task for a thread whose window is for numbers of `open` bits. Waits if there is
    /// nothing to do yet.
    fn task(&self, open: Option<usize>) -> Task {
        let mut state = self.state();
        loop {
            if self.over.load(Ordering::Relaxed) {
                return Task::Stop;
            }
            if let Some(task) = state.tasks.pop() {
                return task;
            }
            let sizes = open.into_iter().chain(self.plan.sizes);
            if let Some(bits) = sizes.into_iter().find(|bits| state.wants(*bits, self.plan.sizes)) {
                return Task::Find(bits);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Adds a number that passed the filter, unless other threads were faster.
    fn found(&self, number: &Number) -> bool {
        let bits = number.bits();
        let tests = Test::all(u32::try_from(bits).unwrap_or(u32::MAX));
        let found = Arc::new(Found {
            number: Zeroizing::new(number.to_boxed()),
            bits,
            tests_left: AtomicUsize::new(tests.len()),
        });
        let mut state = self.state();
        let wanted = state.wants(bits, self.plan.sizes);
        if wanted {
            state.found.push(found.clone());
            let mut tasks: Vec<Task> =
                tests.into_iter().map(|test| Task::Prove(found.clone(), test)).collect();
            if let Ok(pair) = <[Arc<Found>; 2]>::try_from(state.found.clone()) {
                tasks.insert(1, Task::Make(pair));
            }
            // The longest should start first.
            state.tasks.extend(tasks.into_iter().rev());
            self.changed.notify_all();
        }
        wanted
    }

    /// Removes a number that is not prime after all.
    fn refuted(&self, number: &Arc<Found>) {
        let mut state = self.state();
        state.found.retain(|found| !Arc::ptr_eq(found, number));
        state.tasks.retain(|task| !task.is_about(number));
        state.made = None;
        self.changed.notify_all();
    }

    /// Keeps the result for two numbers, unless one of them has been refuted.
    fn made(&self, pair: &[Arc<Found>; 2], made: K) {
        let mut state = self.state();
        if state.found.iter().zip(pair).filter(|(found, of)| Arc::ptr_eq(found, of)).count()
            == pair.len()
        {
            state.made = Some(made);
        }
    }
}

impl<K> Shared<K> {
    /// Whether another number of `bits` bits is needed.
    fn wants(&self, bits: usize, sizes: [usize; 2]) -> bool {
        let needed = sizes.iter().filter(|size| **size == bits).count();
        self.found.iter().filter(|found| found.bits == bits).count() < needed
    }
}

struct Worker<'a, K> {
    search: &'a Search<'a, K>,
    outbox: Sender<Message>,
    /// For the bases of Miller-Rabin.
    rng: StdRng,
}

impl<K> Worker<'_, K> {
    fn run(mut self) {
        let mut window = None;
        loop {
            // If nobody reads the outbox, the search is over.
            let sent = match self.search.task(window.as_ref().map(Window::bits)) {
                Task::Stop => return,
                Task::Prove(found, test) => self.prove(&found, test),
                Task::Make(pair) => self.make(&pair),
                Task::Find(bits) => self.find(bits, &mut window),
            };
            if sent.is_none() {
                return;
            }
        }
    }

    fn prove(&mut self, found: &Arc<Found>, test: Test) -> Option<()> {
        if !test.holds(&found.number, &mut self.rng) {
            self.search.refuted(found);
        } else if found.tests_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            return self.outbox.send(Message::Proved).ok();
        }
        Some(())
    }

    fn make(&self, pair: &[Arc<Found>; 2]) -> Option<()> {
        self.search.made(pair, (self.search.make)(pair.each_ref().map(|found| &*found.number)));
        self.outbox.send(Message::Made).ok()
    }

    /// Tests as many candidates as the filter tests for the price of one.
    fn find(&self, bits: usize, window: &mut Option<Window>) -> Option<()> {
        let open = match window {
            Some(open) if open.bits() == bits => open,
            _ => {
                let (reply, seed) = sync_channel(1);
                self.outbox.send(Message::Seed { bits, reply }).ok()?;
                window.insert(Window::open(
                    seed.recv().ok()?,
                    &self.search.small_primes,
                    self.search.plan.filter,
                ))
            }
        };
        let plan = self.search.plan;
        let candidates: Vec<Number> =
            std::iter::from_fn(|| open.next(plan.e)).take(plan.filter.width()).collect();
        if candidates.is_empty() {
            *window = None;
            return Some(());
        }
        let stop = || {
            self.search.over.load(Ordering::Relaxed) || !self.search.state().wants(bits, plan.sizes)
        };
        let Some(passed) = plan.filter.test(&candidates.iter().collect::<Vec<_>>(), &stop) else {
            return Some(());
        };
        self.outbox.send(Message::Tested { candidates: candidates.len() }).ok()?;
        if let Some(first) = passed.iter().position(|passed| *passed) {
            // The other prime never comes from the same window.
            *window = None;
            if self.search.found(&candidates[first]) {
                self.outbox.send(Message::Found).ok()?;
            }
        }
        Some(())
    }
}

/// How far to sieve: up to where, by measurement, the next prime costs more than the tests it
/// saves.
fn sieve_bound(plan: &SearchOptions) -> u32 {
    let bits = plan.sizes[0].max(plan.sizes[1]) as u32;
    let bound = bits * if plan.filter.width() > 1 { 256 } else { 1024 };
    bound.clamp(1 << 18, 1 << 22)
}

/// How many candidates two primes take on average: by Mertens' theorem e^-γ/ln(bound) of all
/// numbers have no factor up to the bound, and one in bits·ln 2 is prime.
fn expected_tests(plan: &SearchOptions) -> usize {
    const E_TO_MINUS_GAMMA: f64 = 0.561_459_483_566_885;
    let bits = (plan.sizes[0] + plan.sizes[1]) as f64;
    (bits * std::f64::consts::LN_2 * E_TO_MINUS_GAMMA / f64::from(sieve_bound(plan)).ln()).round()
        as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: SearchOptions =
        SearchOptions { sizes: [128; 2], e: 65_537, filter: Filter::portable(), threads: 3 };

    fn number(value: u128) -> Number {
        Number::from(&BoxedUint::from(value))
    }

    #[test]
    fn the_result_comes_from_the_two_proved_numbers() {
        let make = |primes: [&BoxedUint; 2]| primes.map(Clone::clone);
        let mut proved = 0;
        let mut watch = |event| {
            proved += usize::from(event == Event::Proved);
            ControlFlow::Continue(())
        };
        let [p, q] = super::search(&SMALL, &make, &mut rand::rng(), &mut watch).unwrap();
        assert!(
            p != q
                && [&p, &q]
                    .iter()
                    .all(|prime| crypto_primes::is_prime(crypto_primes::Flavor::Any, *prime))
        );
        assert_eq!(proved, 2);
    }

    #[test]
    fn a_refuted_number_cancels_its_tasks_and_its_result() {
        let make = |_: [&BoxedUint; 2]| "made";
        let search = Search::new(&SMALL, &make);
        let tests = Test::all(128).len();
        let [first, second, third] =
            [u128::MAX - 158, u128::MAX - 172, u128::MAX - 232].map(number);
        assert!(
            search.found(&first) && search.found(&second) && !search.found(&third),
            "two are enough"
        );
        let pair = <[Arc<Found>; 2]>::try_from(search.state().found.clone()).ok().unwrap();
        assert_eq!(search.state().tasks.len(), 2 * tests + 1);
        search.made(&pair, "made");
        assert_eq!(search.state().made, Some("made"));

        search.refuted(&pair[1]);
        let state = search.state();
        assert_eq!((state.found.len(), state.tasks.len(), state.made), (1, tests, None));
        assert!(
            state.tasks.iter().all(|task| task.is_about(&pair[0])) && state.wants(128, SMALL.sizes)
        );
        drop(state);
        // Too late: one of the two is gone, or another has its place.
        search.made(&pair, "made");
        assert_eq!(search.state().made, None);
        assert!(search.found(&third));
        search.made(&pair, "made");
        assert_eq!(search.state().made, None);
        assert_eq!(search.state().tasks.len(), 2 * tests + 1);
    }
}
